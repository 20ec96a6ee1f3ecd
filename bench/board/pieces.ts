// SPDX-License-Identifier: Apache-2.0
// Bytes to a board over its console: in pieces that a line holds, each with its checksum. A line that is lost is sent again, so the board's
// own part takes the same piece twice and changes nothing.
import { crc32 } from "node:zlib";
import type { UserError } from "../errors.js";
import { attempt } from "./attempt.js";
import type { BoardConsole } from "./board-console.js";

/** 256 characters of base64. */
const PIECE_BYTES = 192;
/** Then the line was lost, and is sent again. */
const PIECE_MS = 3000;

/** What to call on the board for the piece at `at`. */
export type PieceCall = (at: number, sum: number, base64: string) => string;

/** `taken` is what the board says to a piece that it has. @throws UserError of BoardConsole, BOARD_GARBLED */
export async function sendPieces(
  board: BoardConsole,
  data: Buffer,
  call: PieceCall,
  taken: string,
  say: (at: number) => void = () => undefined,
): Promise<void> {
  for (let at = 0; at < data.length; at += PIECE_BYTES) {
    say(at);
    const piece = data.subarray(at, at + PIECE_BYTES);
    await sendPiece(board, call(at, crc32(piece) | 0, piece.toString("base64")), taken);
  }
}

function sendPiece(board: BoardConsole, call: string, taken: string): Promise<true> {
  return attempt(async (isLast) => {
    try {
      return (await board.evaluate(call, PIECE_MS)) === taken ? true : undefined;
    } catch (error) {
      const { code } = error as UserError;
      if (isLast || (code !== "BOARD_SILENT" && code !== "BOARD_FAULT")) throw error;
      await board.clearLine();
      return undefined;
    }
  });
}
