// SPDX-License-Identifier: Apache-2.0
// What has to be done to a board's Storage, in an order in which it may be interrupted anywhere.
//
// The old boot file goes before a stage is touched, since it must never start stages of two builds; the new one comes when all are
// there and verified. In between the board starts with no program at all. Cut short, the boot file is one unfinished function: nothing runs.
import { crc32 } from "node:zlib";
import { BOOT_FILE } from "../build/storage-files.js";
import { UserError } from "../errors.js";
import type { BoardFacts } from "./board-facts.js";

export type FlashStep =
  | { readonly kind: "bluetooth-off" }
  | { readonly kind: "keep"; readonly name: string }
  | { readonly kind: "erase"; readonly name: string }
  | { readonly kind: "compact" }
  | { readonly kind: "write"; readonly name: string; readonly data: Buffer }
  /** Fills the page, so that what comes behind the boot file begins another. */
  | { readonly kind: "pad"; readonly before: Buffer };

export interface FlashPlan {
  readonly steps: readonly FlashStep[];
  /** To be written. */
  readonly bytes: number;
  /** Programs that others put there and that start before ours, or instead. */
  readonly foreign: readonly string[];
}

export const PAD_FILE = "ll.pad";
export const PAGE_BYTES = 4096;
const HEADER_BYTES = 32;
/** What Espruino runs at a start, besides .bootcde. */
const OTHER_BOOT_FILES = [".bootPowerOn", ".boot0", ".boot1", ".boot2", ".boot3", ".bootrst", ".varimg"];
const EXIT_BOARD = 1;

export const sumOf = (data: Buffer): number => crc32(data);

/** `files` are the stages and the boot file, as Storage holds them. @throws UserError STORAGE_FULL */
export function planFlash(facts: BoardFacts, files: { readonly [name: string]: string }): FlashPlan {
  const images = Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text, "latin1") }));
  const isThere = ({ name, data }: (typeof images)[number]) => {
    const found = facts.files.get(name);
    return found?.bytes === data.length && found.sum === sumOf(data);
  };
  const stages = images.filter(({ name }) => name !== BOOT_FILE);
  const boot = images.find(({ name }) => name === BOOT_FILE) as (typeof images)[number];
  const kept = stages.filter(isThere);
  const missing = stages.filter((stage) => !isThere(stage));
  const foreign = foreignPrograms(facts);
  // Another build's, or of no use in this role: never to be started with the others.
  const stale = [...facts.files.keys()].filter((name) => name !== BOOT_FILE && !kept.some((one) => one.name === name));
  const keeps = kept.map(({ name }): FlashStep => ({ kind: "keep", name }));
  const bluetooth: FlashStep[] = facts.bluetooth ? [{ kind: "bluetooth-off" }] : [];
  const changes = missing.length + stale.length + foreign.length > 0;
  if (!changes && isThere(boot) && !facts.bluetooth)
    return { steps: [...keeps, { kind: "keep", name: BOOT_FILE }], bytes: 0, foreign };

  const leaving = new Set([BOOT_FILE, ...foreign, ...stale, PAD_FILE]);
  const erased = [...leaving].filter((name) => facts.names.includes(name));
  const writes = missing.map(({ name, data }): FlashStep => ({ kind: "write", name, data }));
  const needed = [...missing, boot].reduce((sum, { data }) => sum + spaceOf(data.length), 2 * PAGE_BYTES);
  return {
    steps: [
      ...bluetooth,
      ...erased.map((name): FlashStep => ({ kind: "erase", name })),
      ...compaction(facts, needed, erased),
      ...keeps,
      ...writes,
      { kind: "pad", before: boot.data },
      { kind: "write", name: BOOT_FILE, data: boot.data },
    ],
    bytes: [...missing, boot].reduce((sum, { data }) => sum + data.length, 0),
    foreign,
  };
}

/** Bytes of a pad file's content so that a file of so many bytes behind it ends a page; none when it does so already. */
export function padBytes(freeBytes: number, nextBytes: number): number {
  const left = (((freeBytes - spaceOf(nextBytes)) % PAGE_BYTES) + PAGE_BYTES) % PAGE_BYTES;
  if (left === 0) return 0;
  return left > HEADER_BYTES ? left - HEADER_BYTES : left + PAGE_BYTES - HEADER_BYTES;
}

const spaceOf = (bytes: number): number => HEADER_BYTES + ((bytes + 3) & ~3);

/** What starts on the board and is not ours. */
export function foreignPrograms({ names, files, bootIsOurs }: BoardFacts): string[] {
  const others = names.filter((name) => OTHER_BOOT_FILES.includes(name));
  return files.has(BOOT_FILE) && !bootIsOurs ? [BOOT_FILE, ...others] : others;
}

/** Only where nothing else makes room: while it runs, a power cut can cost everything in Storage. By then nothing starts from there. */
function compaction(facts: BoardFacts, needed: number, erased: readonly string[]): FlashStep[] {
  if (facts.freeBytes >= needed) return [];
  const given = erased.reduce((sum, name) => sum + spaceOf(facts.files.get(name)?.bytes ?? 0), facts.trashBytes);
  if (facts.freeBytes + given >= needed) return [{ kind: "compact" }];
  const kilobytes = (bytes: number) => Math.ceil(bytes / 1024);
  throw new UserError(
    "STORAGE_FULL",
    `The stages need ${kilobytes(needed)} kB of the board's Storage, which has ${kilobytes(facts.freeBytes + given)} kB: erase files there, require("Storage").list() names them.`,
    EXIT_BOARD,
  );
}
