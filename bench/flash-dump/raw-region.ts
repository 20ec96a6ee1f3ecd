// SPDX-License-Identifier: Apache-2.0
// Where the raw region lies in a file: the file is the region itself, a whole flash, or anything with a word on where to look.
import { readFileSync } from "node:fs";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import type { Board, Region } from "../build/boards.js";
import { UserError } from "../errors.js";

const MEGABYTE = 0x100000;
/** Of the flash chips that modules of this family have. */
const WHOLE_MEGABYTES = [4, 8, 16];

export interface RawRegion {
  readonly flash: NorFlash;
  /** Of the region's first byte in the file. */
  readonly offset: number;
  readonly fileBytes: number;
}

/** @throws UserError FLASH_UNREADABLE or FLASH_SIZE */
export function readRawRegion(file: string, board: Board, offset: number | undefined): RawRegion {
  const content = readContent(file);
  const address = Number(board.chip.rawFlash.address);
  const at = offset ?? usualOffset(content.length, board);
  const end = at === undefined ? undefined : at + Math.max(...Object.values(board.flash).map(endOf)) - address;
  if (at === undefined || end === undefined || end > content.length) throw wrongSize(file, content.length, board);
  const bytes = new Uint8Array(content.subarray(at, at + board.chip.rawFlash.bytes));
  return { flash: new NorFlash(address, bytes), offset: at, fileBytes: content.length };
}

const endOf = ({ address, bytes }: Region): number => Number(address) + bytes;

function usualOffset(fileBytes: number, { chip }: Board): number | undefined {
  if (fileBytes === chip.rawFlash.bytes) return 0;
  return WHOLE_MEGABYTES.includes(fileBytes / MEGABYTE) ? Number(chip.rawFlash.address) : undefined;
}

function readContent(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError("FLASH_UNREADABLE", `${file} cannot be read (${(error as Error).message}): name another file.`);
  }
}

function wrongSize(file: string, bytes: number, { name, chip }: Board): UserError {
  const { address, bytes: regionBytes } = chip.rawFlash;
  return new UserError(
    "FLASH_SIZE",
    `${file} has ${bytes} bytes, which is neither the raw region of ${name} (${regionBytes} bytes from ${address}) nor a whole flash ` +
      `(${WHOLE_MEGABYTES.join(", ")} MB): read it again, or say with --offset where in the file that region begins.`,
  );
}
