// SPDX-License-Identifier: Apache-2.0
// The record log over flash pages that hold anything. Input: bytes of page 0 (u16), page 0, page 1; what is missing is blank.
import { crc32 } from "node:zlib";
import { LogName } from "../../../firmware/store/kinds.js";
import { RecordLog } from "../../../firmware/store/record-log.js";
import { ErrorCode } from "../../../hal/error.js";
import type { FlashRegion } from "../../../hal/flash-region.js";
import { digest } from "../../../hal/sim/digest.js";
import { openFlashRegion } from "../../../hal/sim/flash-region.js";
import { NorFlash, PAGE_BYTES } from "../../../hal/sim/models/nor-flash.js";
import type { Chance } from "../chance.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus, sameBytes } from "../target.js";

const KINDS = [1, 2, 3, 4, 5, 6, 7];
const COMMIT = 0x00c0ffee;
const LAST_SEQUENCE = 0xffffffff;
/** A page of the smallest records, looked through once for each kind, several times over. */
const MOST_READS = 40_000;
const LONGEST_BODY = 700;

/** Checks that fit what was damaged, in as many records as there seem to be. */
function repair(input: Uint8Array, chance: Chance): Uint8Array {
  const fixed = Buffer.from(input);
  if (fixed.length < 2) return input;
  for (const [from, to] of pagesOf(fixed)) {
    if (from + 16 > to) continue;
    if (chance.oneIn(4)) fixed.writeUInt32BE(~fixed.readUInt32BE(from + 4) >>> 0, from + 8);
    for (let at = from + 16; at + 12 <= to;) {
      const length = fixed.readUInt16BE(at + 2);
      const end = at + ((8 + length + 3) & ~3);
      if (end + 4 > to) break;
      fixed.writeUInt32BE(crcOf(fixed.subarray(at, to), length), at + 4);
      if (chance.oneIn(2)) fixed.writeUInt32BE(COMMIT, end);
      at = end + 4;
    }
  }
  return new Uint8Array(fixed);
}

const crcOf = (record: Buffer, length: number): number =>
  crc32(Buffer.concat([record.subarray(0, 4), record.subarray(8, 8 + length)])) >>> 0;

/** From and to of both pages in an input. */
function pagesOf(input: Buffer): readonly (readonly [number, number])[] {
  const first = Math.min(input.readUInt16BE(0), input.length - 2, PAGE_BYTES);
  return [
    [2, 2 + first],
    [2 + first, Math.min(input.length, 2 + first + PAGE_BYTES)],
  ];
}

function flashOf(input: Uint8Array): NorFlash {
  const flash = NorFlash.blank(0, 2 * PAGE_BYTES);
  const bytes = Buffer.from(input);
  if (bytes.length < 2) return flash;
  for (const [page, [from, to]] of pagesOf(bytes).entries())
    flash.bytes.set(bytes.subarray(from, to), page * PAGE_BYTES);
  return flash;
}

/** "LLS" and the versions that are read. */
const MAGICS = [0x4c4c5301, 0x4c4c5302];
const LAST_MAGIC = 0x4c4c53ff;

/** The same format once more, from docs/SPEC.md section 6: the sequence in use and the latest body of each kind. */
function readImage(image: Uint8Array): { sequence: number; isLater: boolean; bodies: Map<number, Uint8Array> } {
  const bytes = Buffer.from(image);
  let [page, sequence] = [-1, 0];
  let isLater = false;
  for (const candidate of [0, 1]) {
    const header = bytes.subarray(candidate * PAGE_BYTES);
    const number = header.readUInt32BE(4);
    const magic = header.readUInt32BE(0);
    if (header.readUInt32BE(8) !== ~number >>> 0 || header.readUInt32BE(12) !== COMMIT) continue;
    isLater ||= magic > Math.max(...MAGICS) && magic <= LAST_MAGIC;
    if (!MAGICS.includes(magic) || (page >= 0 && number < sequence)) continue;
    [page, sequence] = [candidate, number];
  }
  const bodies = new Map<number, Uint8Array>();
  const records = page < 0 ? Buffer.alloc(0) : bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  for (let at = 16; at + 12 <= records.length;) {
    const length = records.readUInt16BE(at + 2);
    const end = at + ((8 + length + 3) & ~3);
    if (end + 4 > PAGE_BYTES || records.readUInt32BE(end) !== COMMIT) break;
    if (records.readUInt32BE(at + 4) !== crcOf(records.subarray(at), length)) break;
    bodies.set(records[at] as number, new Uint8Array(records.subarray(at + 8, at + 8 + length)));
    at = end + 4;
  }
  return { sequence, isLater, bodies };
}

function counting(region: FlashRegion): FlashRegion {
  let reads = 0;
  return {
    ...region,
    read(offset, length) {
      must(++reads < MOST_READS, "it reads on and on");
      return region.read(offset, length);
    },
  };
}

export const record: Target = {
  name: "record",
  weight: 12,
  open() {
    const corpus = readCorpus("record");
    return {
      input(chance) {
        const damaged = mutate(corpus, chance);
        return chance.oneIn(4) ? damaged : repair(damaged, chance);
      },
      run(input) {
        const flash = flashOf(input);
        const open = (): RecordLog => new RecordLog(counting(openFlashRegion(flash, 0, 2)), digest, LogName.Settings);
        const { sequence, isLater, bodies } = readImage(flash.bytes);
        const log = open();
        checkBodies(log, bodies, "it reads what does not stand there");
        const kind = KINDS[(input[3] ?? 0) % KINDS.length] as number;
        const body = input.slice(0, Math.min(LONGEST_BODY, (input[4] ?? 0) * 3));
        const written = log.write(kind, body);
        if (written === ErrorCode.Ok) bodies.set(kind, body);
        else if (isLater) must(written === ErrorCode.Denied, `a write beside a later version gave ${written}`);
        else must(written === ErrorCode.NoSpace || sequence === LAST_SEQUENCE, `a write gave ${written}`);
        checkBodies(log, bodies, "a write left something else");
        checkBodies(open(), bodies, "after a restart there is something else");
        if (((input[5] ?? 0) & 7) === 0) checkWipe(log, flash, open);
        return bodies.size > (written === ErrorCode.Ok ? 1 : 0);
      },
    };
  },
};

/** Nothing is left, and the log can be written again. */
function checkWipe(log: RecordLog, flash: NorFlash, open: () => RecordLog): void {
  must(log.wipe() === ErrorCode.Ok && flash.bytes.every((byte) => byte === 0xff), "a wipe left something");
  const body = Uint8Array.of(1, 2, 3);
  must(log.write(1, body) === ErrorCode.Ok, "nothing can be written behind a wipe");
  checkBodies(open(), new Map([[1, body]]), "behind a wipe");
}

function checkBodies(log: RecordLog, bodies: ReadonlyMap<number, Uint8Array>, what: string): void {
  for (const kind of KINDS) {
    const [found, expected] = [log.read(kind), bodies.get(kind)];
    const same = found && expected ? sameBytes(found, expected) : found === expected;
    must(same, `${what}: kind ${kind}`);
  }
}
