// SPDX-License-Identifier: Apache-2.0
// lightline flash-dump FILE: what a returned unit's raw flash holds.
import { Command } from "commander";
import { loadBoard } from "../build/boards.js";
import { dumpFlash } from "../flash-dump/dump.js";
import { readRawRegion } from "../flash-dump/raw-region.js";
import { maskOf } from "../flash-dump/secret.js";
import { formatDump } from "../flash-dump/text.js";
import { byteOffset } from "../options.js";

interface FlashDumpOptions {
  readonly board: string;
  readonly offset?: number;
  readonly secrets?: boolean;
  readonly json?: boolean;
}

export function flashDumpCommand(): Command {
  return new Command("flash-dump")
    .description("show what a board's raw flash holds: every record, and the values that count; secrets are masked")
    .argument("<file>", "the raw region, or a whole flash as esptool reads it")
    .option("--board <name>", "which of boards/ it is, and with that where its regions lie", "esp32-devkitc")
    .option("--offset <n>", "where in the file the raw region begins, 0x for hex", byteOffset("--offset"))
    .option("--secrets", "show passwords, tokens and keys themselves")
    .option("--json", "print one JSON object")
    .action(flashDump);
}

function flashDump(file: string, { board: name, offset, secrets, json }: FlashDumpOptions): void {
  const board = loadBoard(name);
  const region = readRawRegion(file, board, offset);
  const dump = dumpFlash(region.flash, board, maskOf(secrets === true));
  const facts = { file, fileBytes: region.fileBytes, offset: region.offset, board: name };
  const words = `${file}: raw flash of ${name} from byte ${region.offset} of ${region.fileBytes}\n${formatDump(dump)}`;
  process.stdout.write((json ? JSON.stringify({ ...facts, ...dump }) : words) + "\n");
}
