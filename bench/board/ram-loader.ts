// SPDX-License-Identifier: Apache-2.0
// Programs into a board's RAM over its console: in pieces that a line holds, each with its checksum, run at root scope. No flash is worn.
import { crc32 } from "node:zlib";
import { attempt } from "./attempt.js";
import type { BoardConsole } from "./board-console.js";
import type { UserError } from "../errors.js";

/** 256 characters of base64. */
const PIECE_BYTES = 192;
/** Then the line was lost, and is sent again. */
const PIECE_MS = 3000;
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
  const bytes = Buffer.from(code, "latin1");
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    await putPiece(board, at, bytes.subarray(at, at + PIECE_BYTES));
  await board.evaluate(RUN, RUN_MS);
}

function putPiece(board: BoardConsole, at: number, piece: Buffer): Promise<true> {
  const call = `__load.put(${at},${crc32(piece) | 0},"${piece.toString("base64")}")`;
  return attempt(async (isLast) => {
    try {
      return (await board.evaluate(call, PIECE_MS)) === "kept" ? true : undefined;
    } catch (error) {
      const { code } = error as UserError;
      if (isLast || (code !== "BOARD_SILENT" && code !== "BOARD_FAULT")) throw error;
      await board.clearLine();
      return undefined;
    }
  });
}
