// SPDX-License-Identifier: Apache-2.0
// Chip files: what a chip, and Espruino's build for it, can do.
//
// Their facts come from Espruino's ESP32 port (pins it can watch and reads turned over, its converter, its partition
// tables, its README_flash files) and from the chip's data sheet (strapping pins, flash pins).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.js";
import { readJson, schemaCheck, shownPath } from "./schema.js";

export interface Region {
  /** Hexadecimal, "0x310000". */
  readonly address: string;
  readonly bytes: number;
}

/** A file of Espruino's archive, and where it goes. */
export interface InstallFile {
  readonly address: string;
  readonly name: string;
}

export interface Chip {
  readonly name: string;
  readonly title: string;
  /** What Espruino's builds for it call themselves, process.env.BOARD. */
  readonly builds: readonly string[];
  /** Espruino versions that the firmware is built for. */
  readonly firmware: readonly string[];
  readonly gpios: readonly number[];
  readonly flashPins: readonly number[];
  readonly consolePins: readonly number[];
  /** Their level at a reset says how the chip starts. */
  readonly strapping: readonly number[];
  /** Pins that Espruino reads right: of the first converter, or none. */
  readonly analog: readonly number[];
  readonly inputOnly: readonly number[];
  /** Pins without a watch, or with false edges while the converter runs. */
  readonly unwatched: readonly number[];
  /** Pins that Espruino reads and writes turned over. */
  readonly negated: readonly number[];
  readonly maxSampleHz: number;
  /** Of the hardware's generator, hexadecimal; random while the radio runs. */
  readonly randomRegister: string;
  /** The partition that Espruino leaves to programs. */
  readonly rawFlash: Region & { readonly pageBytes: number };
  /** Espruino's own. */
  readonly partitions: { readonly [name: string]: Region } & {
    readonly [name in "nvs" | "factory" | "storage"]: Region;
  };
  readonly install: {
    /** In the header of an image. */
    readonly chipId: number;
    readonly flashMode: string;
    readonly flashFreq: string;
    readonly files: { readonly [what in "bootloader" | "partitions" | "firmware"]: InstallFile };
  };
}

const CHIPS = fileURLToPath(new URL("../../boards/_chips/", import.meta.url));
const checkShape = schemaCheck<Omit<Chip, "name">>(
  JSON.parse(readFileSync(join(CHIPS, "chip.schema.json"), "utf8")) as object,
  "BOARD_INVALID",
);

/** Names of JSON files that are no schema. */
export const jsonNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".schema.json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();

export const listChips = (): string[] => jsonNames(CHIPS);

/** `from` is the file that names it. @throws UserError BOARD_INVALID */
export function loadChip(name: string, from: string): Chip {
  const path = join(CHIPS, `${name}.json`);
  return { ...checkShape(factsOf(name, from), path), name };
}

function factsOf(name: string, from: string): object {
  const path = join(CHIPS, `${name}.json`);
  if (!existsSync(path))
    throw new UserError(
      "BOARD_INVALID",
      `${shownPath(from)}: "inherits" names no chip "${name}"; write one of ${listChips().join(", ")}.`,
    );
  const { inherits, ...own } = readJson(path, "BOARD_INVALID") as { inherits?: string };
  return inherits === undefined ? own : { ...factsOf(inherits, path), ...own };
}
