// SPDX-License-Identifier: Apache-2.0
// Board files: one JSON file a board, its chip's facts inherited, refused with a reason when it could not work.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoardData } from "../../hal/board-data.js";
import { UserError } from "../errors.js";
import { boardFault } from "./board-rules.js";
import type { Chip, Region } from "./chips.js";
import { jsonNames, loadChip } from "./chips.js";
import { readJson, schemaCheck, shownPath } from "./schema.js";

export type { Chip, Region };
export type Role = "dut" | "fixture";

export interface Switched {
  readonly pin: number;
  readonly activeLow: boolean;
}

interface BoardFile {
  readonly inherits: string;
  readonly title: string;
  readonly tier: 1 | 2 | 3;
  /** Of tier 3: what nobody has checked. */
  readonly open?: readonly string[];
  readonly roles: readonly Role[];
  readonly light: {
    readonly pin: number;
    readonly sensor: "analog" | "edges";
    /** Of an analogue sensor only. */
    readonly sampleHz?: number;
    readonly brighter: "higher" | "lower";
  };
  readonly led: { readonly red: number; readonly green: number; readonly activeLow: boolean };
  readonly emitter?: Switched;
  readonly button: Switched;
  readonly rescue?: { readonly pin: number };
  readonly pins: { readonly [name: string]: number };
  /** Pins of what else is on the board, by what it is. */
  readonly taken?: { readonly [what: string]: readonly number[] };
  /** What is printed beside a pin, by GPIO. */
  readonly labels?: { readonly [gpio: string]: string };
  readonly slots: number;
  readonly flash: { readonly settings: Region; readonly identity: Region };
}

export interface Board extends BoardFile {
  readonly name: string;
  readonly chip: Chip;
}

const BOARDS = fileURLToPath(new URL("../../boards/", import.meta.url));
const checkShape = schemaCheck<BoardFile>(
  JSON.parse(readFileSync(join(BOARDS, "board.schema.json"), "utf8")) as object,
  "BOARD_INVALID",
);

export const listBoards = (): string[] => jsonNames(BOARDS);

/** @throws UserError when there is no such board, or when it could not work. */
export function loadBoard(name: string): Board {
  const path = join(BOARDS, `${name}.json`);
  if (!listBoards().includes(name)) {
    throw new UserError("BOARD_UNKNOWN", `There is no board "${name}"; the boards are ${listBoards().join(", ")}.`);
  }
  return checkBoard(name, readJson(path, "BOARD_INVALID"), path);
}

/** Resolves and checks the content of a board file; `path` is for the error. */
export function checkBoard(name: string, content: unknown, path: string): Board {
  const file = checkShape(content, path);
  const board: Board = { ...file, name, chip: loadChip(file.inherits, path) };
  const fault = boardFault(board);
  if (fault) throw new UserError("BOARD_INVALID", `${shownPath(path)}: ${fault}.`);
  return board;
}

/** The part of a board that the firmware is built with: levels are as Espruino has them. */
export function firmwareBoard(board: Board): BoardData {
  const { name, light, led, emitter, button, rescue, flash, pins, chip } = board;
  const pages = ({ address, bytes }: Region) => ({
    address: Number(address),
    pages: bytes / chip.rawFlash.pageBytes,
  });
  return {
    name,
    light: { pin: light.pin, sampleHz: light.sampleHz ?? 0, inverted: light.brighter === "lower" },
    led,
    emitter: emitter ?? { pin: -1, activeLow: false },
    button: { pin: button.pin, activeLow: button.activeLow !== chip.negated.includes(button.pin) },
    rescue: rescue?.pin ?? -1,
    randomRegister: Number(chip.randomRegister),
    settings: pages(flash.settings),
    identity: pages(flash.identity),
    pins,
  };
}
