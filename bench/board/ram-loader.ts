// SPDX-License-Identifier: Apache-2.0
// Programs into a board's RAM over its console: in pieces that a line holds, each with its checksum, run at root scope. No flash is worn.
import type { BoardConsole } from "./board-console.js";
import { sendPieces } from "./pieces.js";

const RUN_MS = 10_000;
/** The board's own part: where the piece goes, its checksum, its bytes. A piece that comes twice changes nothing. */
const LOADER = `(global.__load = { text: "", put: function (at, sum, base64) {
  var piece = atob(base64);
  if (E.CRC32(piece) ^ sum || at > this.text.length) return "garbled";
  if (at == this.text.length) this.text += piece;
  return "kept"; } }, "ready")`;
/** In a function each closure of the program would keep one scope more. */
const RUN = `(eval(__load.text), __load.text = "", "run")`;

/** Once a start, before programs. @throws UserError of BoardConsole */
export const prepareLoader = (board: BoardConsole): Promise<string> => board.evaluate(LOADER);

/** @throws UserError of BoardConsole, BOARD_GARBLED; BOARD_FAULT too when the program throws */
export async function loadProgram(board: BoardConsole, code: string): Promise<void> {
  const put = (at: number, sum: number, base64: string): string => `__load.put(${at},${sum},"${base64}")`;
  await sendPieces(board, Buffer.from(code, "latin1"), put, "kept");
  await board.evaluate(RUN, RUN_MS);
}
