// SPDX-License-Identifier: Apache-2.0
// What the tests of flashing share: one build, another version of it, and emulated boards behind ports.
import { loadBoard } from "../../bench/build/boards.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import type { Flashed, FlashJob } from "../../bench/flash/flash-board.js";
import { flashBoard } from "../../bench/flash/flash-board.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { buildExample } from "../tools/example-build.js";
import type { ConsoleBoardOptions } from "../../emulator/console-board.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { ADDRESS } from "../tools-store/store-bench.js";

export const BOARD = "esp32-devkitc";
const SPEED = 30;

export type Files = FlashJob["files"];

export async function buildFiles(board = BOARD): Promise<Files> {
  return storageFiles(await buildExample(board), board);
}

/** The same firmware, each file by a byte longer. */
export const otherVersion = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text + "\n"]));

export const blank = (): NorFlash => NorFlash.blank(ADDRESS, 0x10000);

export const startBoard = (options: ConsoleBoardOptions = {}): Promise<ConsoleBoard> =>
  ConsoleBoard.start({ speed: SPEED, ...options });

export const flash = (fake: ConsoleBoard, files: Files, job: Partial<FlashJob> = {}): Promise<Flashed> =>
  flashBoard(
    fake.port,
    { board: loadBoard(BOARD), files, role: undefined, dryRun: false, yes: false, ...job },
    () => undefined,
  );

export function without(files: Files, ...names: string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
}

/** What it has in its Storage, but for what only fills a page. */
export const stored = (fake: ConsoleBoard): Files => without(Object.fromEntries(fake.board.files), "ll.pad");
