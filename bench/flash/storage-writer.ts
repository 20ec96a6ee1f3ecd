// SPDX-License-Identifier: Apache-2.0
// Carries a plan out over the board's console: files in pieces that a line holds, each with its checksum, each file read back by the
// board itself.
//
// A line that is lost is sent again: Storage takes the same piece twice and changes nothing.
import type { BoardConsole } from "../board/board-console.js";
import { sendPieces } from "../board/pieces.js";
import { UserError } from "../errors.js";
import { askFile, askSpace } from "./board-facts.js";
import type { FlashStep } from "./plan.js";
import { PAD_FILE, padBytes, sumOf } from "./plan.js";

const ERASE_MS = 20_000;
/** Every page of a full Storage. */
const COMPACT_MS = 120_000;
const FILE_ATTEMPTS = 2;
const EXIT_BOARD = 1;
/** The board's own part, sent once: a name, an offset, the file's size, a checksum, the bytes. */
const WRITER = `(global.__ll = function (n, o, z, c, t) { var b = atob(t); if (E.CRC32(b) ^ c) return "garbled";
  return require("Storage").write(n, b, o, z) ? "written" : "refused"; }, "ready")`;

/** @throws UserError of BoardConsole, BOARD_GARBLED, STORAGE_FAULT */
export async function carryOut(
  board: BoardConsole,
  steps: readonly FlashStep[],
  say: (what: string, bytesDone: number) => void,
): Promise<void> {
  await board.evaluate(WRITER);
  let done = 0;
  for (const step of steps)
    if (step.kind === "erase") {
      say(`erasing ${step.name}`, done);
      await board.evaluate(`(require("Storage").erase("${step.name}"), "erased")`, ERASE_MS);
    } else if (step.kind === "compact") {
      say("compacting Storage", done);
      await board.evaluate(`(require("Storage").compact(), "compacted")`, COMPACT_MS);
    } else if (step.kind === "pad") await writePad(board, step.before);
    else if (step.kind === "write") {
      await writeFile(board, step.name, step.data, (bytes) => say(`writing ${step.name}`, done + bytes));
      done += step.data.length;
    }
}

async function writeFile(board: BoardConsole, name: string, data: Buffer, say: (bytes: number) => void): Promise<void> {
  for (let n = 0; n < FILE_ATTEMPTS; n++) {
    const write = (at: number, sum: number, base64: string): string =>
      `__ll("${name}",${at},${data.length},${sum},"${base64}")`;
    await sendPieces(board, data, write, "written", say);
    const found = await askFile(board, name);
    if (found?.bytes === data.length && found.sum === sumOf(data)) return;
    await board.evaluate(`(require("Storage").erase("${name}"), "erased")`, ERASE_MS);
  }
  throw new UserError(
    "STORAGE_FAULT",
    `The board's Storage does not hold what was written to ${name}: take another board.`,
    EXIT_BOARD,
  );
}

/** One byte and the rest blank: it is there for its length. */
async function writePad(board: BoardConsole, before: Buffer): Promise<void> {
  const [freeBytes] = await askSpace(board);
  const bytes = padBytes(freeBytes, before.length);
  if (bytes > 0) await board.evaluate(`require("Storage").write("${PAD_FILE}"," ",0,${bytes})`);
}
