// SPDX-License-Identifier: Apache-2.0
// The latest value of each kind, kept in two flash pages so that a power cut leaves the old value or the new one.
//
//   page    "LL" name version=02 | sequence[4] | ~sequence[4] | commit[4] | record...        name: of the log, one letter
//   record  kind FF length[2] | crc[4] | body[length] padded to 4 with FF | commit[4]
//
// Integers are big-endian. The CRC-32 covers kind, FF, length and body. A record counts when its commit word is there, a page
// when its own is; both are programmed last. A full page is copied, latest values only, to another page, whose higher
// sequence then wins. Whatever is torn ends its page: nothing is appended behind it. Version 1 had "LLS" for every log and is
// read still; the next copy is version 2. A page of a later version is left alone, and nothing is written beside it.
import { ErrorCode } from "../../hal/error.js";
import type { Digest } from "../../hal/digest.js";
import type { FlashRegion } from "../../hal/flash-region.js";
import { equalBytes, getU32, putU32 } from "../core/protocol/bytes.js";
import type { LogName } from "./kinds.js";

const MAGIC = 0x4c4c0000;
const VERSION = 2;
const MAGIC_OF_VERSION_1 = 0x4c4c5301;
const COMMIT = 0x00c0ffee;
const PAGE_HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 8;
const COMMIT_BYTES = 4;
/** Min takes 256 arguments at most. */
const LINE_BYTES = 256;

export class RecordLog {
  _flash: FlashRegion;
  _digest: Digest;
  _magic: number;
  /** Page in use, -1 while both are blank. */
  _page: number;
  _sequence: number;
  /** Where the next record goes, from the start of the page. */
  _end: number;
  /** Something torn lies there, or the page is full: the next record goes to the other page. */
  _torn: boolean;
  /** A page that later firmware wrote. */
  _isLater: boolean;

  constructor(flash: FlashRegion, digest: Digest, name: LogName) {
    this._flash = flash;
    this._digest = digest;
    this._magic = MAGIC + name * 256;
    this._page = -1;
    this._sequence = 0;
    this._end = 0;
    this._torn = false;
    this._isLater = false;
    for (let page = 0; page < flash.pageCount; page++) this._adopt(page);
  }

  /** A fresh copy of the latest value of this kind, or undefined. */
  read(kind: number): Uint8Array | undefined {
    if (this._page < 0) return undefined;
    const found = this._find(kind);
    return found < 0 ? undefined : this._body(this._page, found);
  }

  /** The value is read back before this says Ok. */
  write(kind: number, body: Uint8Array): ErrorCode {
    const record = this._record(kind, body);
    if (this._page >= 0 && !this._torn && !this._isLater) {
      this._torn = true;
      if (this._append(this._page, this._end, record)) {
        this._torn = false;
        this._end += record.length + COMMIT_BYTES;
        return ErrorCode.Ok;
      }
    }
    return this._move(kind, record);
  }

  /** As write, and nothing older stays: Ok when each byte of the other pages is 0xFF. */
  replace(kind: number, body: Uint8Array): ErrorCode {
    return this._move(kind, this._record(kind, body)) || this.scrub();
  }

  /** Zeroes in place, erases and reads back: Ok when each byte of the region is 0xFF. */
  wipe(): ErrorCode {
    this._page = -1;
    this._isLater = false;
    return this.scrub();
  }

  /** Blanks every page but the one in use: what a cut left behind. Ok when each byte there is 0xFF. */
  scrub(): ErrorCode {
    let clean = ErrorCode.Ok;
    for (let page = 0; page < this._flash.pageCount && !this._isLater; page++)
      if (page !== this._page && !this._isBlank(page)) {
        this._erase(page);
        if (!this._isBlank(page)) clean = ErrorCode.Corrupt;
      }
    return clean;
  }

  _isBlank(page: number): boolean {
    const flash = this._flash;
    for (let at = 0; at < flash.pageSize; at += LINE_BYTES)
      if (!isBlank(flash.read(page * flash.pageSize + at, LINE_BYTES))) return false;
    return true;
  }

  /** Zeroes first: an erase that is cut may leave every other bit. */
  _erase(page: number): void {
    const flash = this._flash;
    for (let at = 0; at < flash.pageSize; at += LINE_BYTES) {
      const offset = page * flash.pageSize + at;
      if (!isBlank(flash.read(offset, LINE_BYTES))) flash.program(offset, new Uint8Array(LINE_BYTES));
    }
    flash.erase(page);
  }

  _adopt(page: number): void {
    const header = this._flash.read(page * this._flash.pageSize, PAGE_HEADER_BYTES);
    const sequence = getU32(header, 4);
    const magic = getU32(header, 0);
    if (getU32(header, 8) !== ~sequence >>> 0 || getU32(header, 12) !== COMMIT) return;
    if (magic > this._magic + VERSION && magic < this._magic + 256) this._isLater = true;
    if (magic !== this._magic + VERSION && magic !== MAGIC_OF_VERSION_1) return;
    if (this._page >= 0 && sequence < this._sequence) return;
    this._page = page;
    this._sequence = sequence;
    this._scan(page * this._flash.pageSize);
  }

  /** Finds the end of what is whole, and whether anything torn lies behind it. */
  _scan(start: number): void {
    const flash = this._flash;
    const limit = flash.pageSize - RECORD_HEADER_BYTES - COMMIT_BYTES;
    let at = PAGE_HEADER_BYTES;
    this._torn = false;
    while (at <= limit) {
      const header = flash.read(start + at, RECORD_HEADER_BYTES);
      if (isBlank(header)) break;
      const next = at + recordBytes(header) + COMMIT_BYTES;
      if (next > flash.pageSize || !this._isWhole(start + at, next - at)) {
        this._torn = true;
        break;
      }
      at = next;
    }
    this._end = at;
  }

  /** Offset in the page of the latest record of a kind, -1 when there is none. */
  _find(kind: number): number {
    const start = this._page * this._flash.pageSize;
    let found = -1;
    let at = PAGE_HEADER_BYTES;
    while (at < this._end) {
      const header = this._flash.read(start + at, RECORD_HEADER_BYTES);
      if (header[0] === kind) found = at;
      at += recordBytes(header) + COMMIT_BYTES;
    }
    return found;
  }

  /** Whether a record with its commit word stands there. */
  _isWhole(offset: number, length: number): boolean {
    const record = this._flash.read(offset, length);
    return getU32(record, length - COMMIT_BYTES) === COMMIT && getU32(record, 4) === checksum(this._digest, record);
  }

  _body(page: number, at: number): Uint8Array {
    const flash = this._flash;
    const offset = page * flash.pageSize + at;
    const header = flash.read(offset, RECORD_HEADER_BYTES);
    return flash.read(offset + RECORD_HEADER_BYTES, ((header[2] as number) << 8) + (header[3] as number));
  }

  _record(kind: number, body: Uint8Array): Uint8Array {
    const record = new Uint8Array((RECORD_HEADER_BYTES + body.length + 3) & ~3);
    record.fill(0xff, 0, record.length);
    record[0] = kind;
    record[2] = body.length >> 8;
    record[3] = body.length;
    record.set(body, RECORD_HEADER_BYTES);
    putU32(record, 4, checksum(this._digest, record));
    return record;
  }

  /** Programs a record, then its commit word; false when it does not fit or did not take. */
  _append(page: number, at: number, record: Uint8Array): boolean {
    const flash = this._flash;
    const offset = page * flash.pageSize + at;
    if (at + record.length + COMMIT_BYTES > flash.pageSize) return false;
    flash.program(offset, record);
    if (!equalBytes(flash.read(offset, record.length), record)) return false;
    flash.program(offset + record.length, word(COMMIT));
    return this._isWhole(offset, record.length + COMMIT_BYTES);
  }

  /** To the next page that takes it; a worn one is passed over. */
  _move(kind: number, record: Uint8Array): ErrorCode {
    const old = this._page;
    const pages = this._flash.pageCount;
    let status = this._isLater ? ErrorCode.Denied : ErrorCode.Corrupt;
    for (let step = 1; step <= pages && status === ErrorCode.Corrupt; step++) {
      const page = (old + step) % pages;
      if (page !== old) status = this._build(page, kind, record);
    }
    if (status === ErrorCode.Ok && old >= 0) this._flash.erase(old);
    return status;
  }

  /** Builds a page from the latest values and this record; its commit word makes it the one in use. */
  _build(page: number, kind: number, record: Uint8Array): ErrorCode {
    const flash = this._flash;
    const start = page * flash.pageSize;
    flash.erase(page);
    let end = PAGE_HEADER_BYTES;
    for (let other = 1; other < KIND_LIMIT; other++) {
      const found = this._page < 0 || other === kind ? -1 : this._find(other);
      const copy = other === kind ? record : found < 0 ? undefined : this._record(other, this._body(this._page, found));
      if (!copy) continue;
      if (end + copy.length + COMMIT_BYTES > flash.pageSize) return ErrorCode.NoSpace;
      if (!this._append(page, end, copy)) return ErrorCode.Corrupt;
      end += copy.length + COMMIT_BYTES;
    }
    const header = new Uint8Array(PAGE_HEADER_BYTES - COMMIT_BYTES);
    putU32(header, 0, this._magic + VERSION);
    putU32(header, 4, this._sequence + 1);
    putU32(header, 8, ~(this._sequence + 1));
    flash.program(start, header);
    flash.program(start + 12, word(COMMIT));
    this._adopt(page);
    return this._page === page ? ErrorCode.Ok : ErrorCode.Corrupt;
  }
}

/** Kinds are 1 to 7. */
const KIND_LIMIT = 8;

function checksum(digest: Digest, record: Uint8Array): number {
  const length = ((record[2] as number) << 8) + (record[3] as number);
  const covered = new Uint8Array(4 + length);
  covered.set(record.subarray(0, 4), 0);
  covered.set(record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length), 4);
  return digest.crc32(covered) >>> 0;
}

function recordBytes(header: Uint8Array): number {
  return (RECORD_HEADER_BYTES + ((header[2] as number) << 8) + (header[3] as number) + 3) & ~3;
}

function isBlank(bytes: Uint8Array): boolean {
  return Math.min.apply(null, bytes as unknown as number[]) === 0xff;
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, value);
  return bytes;
}
