// SPDX-License-Identifier: Apache-2.0
// The pages of a record log as they lie there, torn and old ones too (docs/SPEC.md 6). Which page counts, and where it ends, is the
// firmware's own RecordLog to say: what is shown as current is what a board would read.
import { IdentityKind, LogName } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { getU32 } from "../../firmware/core/protocol/bytes.js";
import type { FlashRegion } from "../../hal/flash-region.js";
import { digest } from "../../hal/sim/digest.js";

/** Then the log's letter and the version. */
const MAGIC = "LL";
const VERSION = 2;
/** It had this letter in every log. */
const VERSION_1 = { letter: LogName.Settings, version: 1 };
const COMMIT = 0x00c0ffee;
const PAGE_HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 8;
const COMMIT_BYTES = 4;

export interface RecordDump {
  /** From the start of its page. */
  readonly offset: number;
  readonly kind: number;
  readonly name: string;
  /** Of the body, as the header says. */
  readonly length: number;
  /** Whole but for "torn"; "uncommitted" in a page that was not finished. */
  readonly state: "current" | "superseded" | "uncommitted" | "torn";
  /** What is wrong with a torn one. */
  readonly fault?: "no commit word" | "wrong checksum" | "longer than its page";
}

export interface PageDump {
  readonly page: number;
  /** "torn" was not finished, or not erased; "unknown" is another log's, or other firmware's. */
  readonly state: "in use" | "superseded" | "torn" | "blank" | "unknown";
  readonly version: number | null;
  readonly sequence: number | null;
  readonly committed: boolean;
  readonly records: readonly RecordDump[];
}

/** A log: its letter, and its kinds by name. */
export interface LogKind {
  readonly letter: LogName;
  readonly names: { readonly [kind: number]: string };
}

export const SETTINGS: LogKind = { letter: LogName.Settings, names: { 1: "settings" } };
export const IDENTITY: LogKind = {
  letter: LogName.Identity,
  names: {
    [IdentityKind.Boot]: "boot",
    [IdentityKind.Fixture]: "fixture",
    [IdentityKind.Blessing]: "blessing",
    [IdentityKind.Wipe]: "wipe",
  },
};

export function dumpPages(region: FlashRegion, log: LogKind): PageDump[] {
  const inUse = new RecordLog(region, digest, log.letter)._page;
  return Array.from({ length: region.pageCount }, (_, page) => dumpPage(region, page, page === inUse, log));
}

export const countWritten = (bytes: Uint8Array): number => bytes.reduce((n, byte) => (byte === 0xff ? n : n + 1), 0);

function dumpPage(region: FlashRegion, page: number, inUse: boolean, log: LogKind): PageDump {
  const bytes = region.read(page * region.pageSize, region.pageSize);
  const version = versionOf(bytes, log);
  const sequence = version !== null && getU32(bytes, 4) === ~getU32(bytes, 8) >>> 0 ? getU32(bytes, 4) : null;
  const isKnown = headers(log).some((header) => startsWith(bytes, header));
  const committed = isKnown && sequence !== null && getU32(bytes, 12) === COMMIT;
  const state = inUse ? "in use" : committed ? "superseded" : stateOf(bytes, version, log);
  const readable = state !== "blank" && state !== "unknown";
  return { page, state, version, sequence, committed, records: readable ? dumpRecords(bytes, state, log) : [] };
}

/** How a page of this log begins, by version. */
const headers = ({ letter }: LogKind): Buffer[] =>
  [{ letter, version: VERSION }, VERSION_1].map((of) =>
    Buffer.concat([Buffer.from(MAGIC), Buffer.of(of.letter, of.version)]),
  );

const startsWith = (bytes: Uint8Array, header: Buffer): boolean => header.every((byte, i) => bytes[i] === byte);

/** Null when the page is not of this log. */
function versionOf(bytes: Uint8Array, { letter }: LogKind): number | null {
  const isOurs = startsWith(bytes, Buffer.from(MAGIC)) && (bytes[2] === letter || bytes[2] === VERSION_1.letter);
  const version = bytes[3] as number;
  return isOurs && (bytes[2] === letter || version === VERSION_1.version) ? version : null;
}

/** Of a page that is not committed. Its header is programmed last: a page without one may be unfinished. */
function stateOf(bytes: Uint8Array, version: number | null, log: LogKind): PageDump["state"] {
  if (countWritten(bytes) === 0) return "blank";
  if (version !== null) return version <= VERSION ? "torn" : "unknown";
  return headers(log).some((header) => clearsTo(bytes, header)) ? "torn" : "unknown";
}

/** Programming only clears bits: a header that is torn, or not begun, can still become a whole one. */
const clearsTo = (bytes: Uint8Array, header: Buffer): boolean =>
  header.every((byte, i) => ((bytes[i] as number) & byte) === byte);

function dumpRecords(bytes: Uint8Array, state: PageDump["state"], { names }: LogKind): RecordDump[] {
  const records: RecordDump[] = [];
  const last = new Map<number, number>();
  for (let at = PAGE_HEADER_BYTES; at <= bytes.length - RECORD_HEADER_BYTES - COMMIT_BYTES;) {
    const header = bytes.subarray(at, at + RECORD_HEADER_BYTES);
    if (countWritten(header) === 0) break;
    const kind = header[0] as number;
    const length = ((header[2] as number) << 8) + (header[3] as number);
    const next = at + ((RECORD_HEADER_BYTES + length + 3) & ~3) + COMMIT_BYTES;
    const fault = faultOf(bytes, at, length, next);
    const found = { offset: at, kind, name: names[kind] ?? `kind ${kind}`, length };
    if (fault) return [...settle(records, last, state), { ...found, state: "torn", fault }];
    last.set(kind, records.push({ ...found, state: "superseded" }) - 1);
    at = next;
  }
  return settle(records, last, state);
}

function faultOf(bytes: Uint8Array, at: number, length: number, next: number): RecordDump["fault"] {
  if (next > bytes.length) return "longer than its page";
  if (getU32(bytes, next - COMMIT_BYTES) !== COMMIT) return "no commit word";
  const body = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
  const covered = Uint8Array.of(...bytes.subarray(at, at + 4), ...body);
  return digest.crc32(covered) >>> 0 === getU32(bytes, at + 4) ? undefined : "wrong checksum";
}

/** The last of a kind counts, in the page that does. */
function settle(records: RecordDump[], last: Map<number, number>, state: PageDump["state"]): RecordDump[] {
  return records.map((record, i) => {
    if (state === "torn") return { ...record, state: "uncommitted" };
    return state === "in use" && last.get(record.kind) === i ? { ...record, state: "current" } : record;
  });
}
