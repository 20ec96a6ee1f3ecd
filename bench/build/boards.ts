// SPDX-License-Identifier: Apache-2.0
// Board files: one JSON file a board, its chip's facts inherited, refused with a reason when it could not work.
//
// The schema checks the shape; the rules below check what the chip can do. Sources of the chip's facts are Espruino's
// ESP32 port (which pins it can watch, which converter it reads, which flash it leaves alone) and the chip's data sheet.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoardData } from "../../hal/board-data.js";
import { UserError } from "../errors.js";
import { readJson, schemaCheck, shownPath } from "./schema.js";

export type Role = "dut" | "fixture";

export interface Switched {
  readonly pin: number;
  readonly activeLow: boolean;
}

export interface Region {
  /** Hexadecimal, "0x310000". */
  readonly address: string;
  readonly bytes: number;
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
  /** Pins of the first converter, the only one that Espruino reads right. */
  readonly analog: readonly number[];
  readonly inputOnly: readonly number[];
  /** Pins without a watch, or with false edges while the converter runs. */
  readonly unwatched: readonly number[];
  /** Of the hardware's generator, hexadecimal; random while the radio runs. */
  readonly randomRegister: string;
  readonly rawFlash: Region & { readonly pageBytes: number };
}

interface BoardFile {
  readonly inherits: string;
  readonly title: string;
  readonly tier: 1 | 2 | 3;
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

const jsonNames = (folder: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".schema.json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();

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
  for (const rule of [pinFault, outputFault, inputFault, rateFault, roleFault, flashFault]) {
    const fault = rule(board);
    if (fault) throw new UserError("BOARD_INVALID", `${shownPath(path)}: ${fault}.`);
  }
  return board;
}

function loadChip(name: string, boardPath: string): Chip {
  const path = join(BOARDS, "_chips", `${name}.json`);
  if (!existsSync(path)) {
    const known = jsonNames(join(BOARDS, "_chips")).join(", ");
    throw new UserError(
      "BOARD_INVALID",
      `${shownPath(boardPath)}: "inherits" names no chip "${name}"; write one of ${known}.`,
    );
  }
  return { ...(readJson(path, "BOARD_INVALID") as Chip), name };
}

/** Every pin with the field that names it. */
function rolePins(board: Board): [field: string, pin: number][] {
  const pins: [string, number][] = [
    ["light.pin", board.light.pin],
    ["led.red", board.led.red],
    ["led.green", board.led.green],
    ["button.pin", board.button.pin],
  ];
  if (board.emitter) pins.push(["emitter.pin", board.emitter.pin]);
  if (board.rescue) pins.push(["rescue.pin", board.rescue.pin]);
  return pins;
}

function pinFault(board: Board): string | undefined {
  const { chip, emitter } = board;
  const users = new Map<number, string>();
  const named = Object.entries(board.pins).map(([name, pin]): [string, number] => [`pins.${name}`, pin]);
  for (const [field, pin] of [...rolePins(board), ...named]) {
    if (chip.flashPins.includes(pin)) return `"${field}" is GPIO ${pin}, which is wired to the flash; use another pin`;
    if (chip.consolePins.includes(pin)) return `"${field}" is GPIO ${pin}, the serial console; use another pin`;
    if (!chip.gpios.includes(pin))
      return `"${field}" is GPIO ${pin}, which ${chip.title} does not have; use another pin`;
    const other = users.get(pin);
    // A script names the pin that it blinks, so the emitter's may have a name.
    const scriptEmitter = other === "emitter.pin" && emitter?.pin === pin && field.startsWith("pins.");
    if (other && !scriptEmitter) return `"${field}" and "${other}" are both GPIO ${pin}; give each a pin of its own`;
    users.set(pin, field);
  }
  return undefined;
}

function outputFault({ chip, led, emitter }: Board): string | undefined {
  const outputs: [string, number | undefined][] = [
    ["led.red", led.red],
    ["led.green", led.green],
    ["emitter.pin", emitter?.pin],
  ];
  const fault = outputs.find(([, pin]) => pin !== undefined && chip.inputOnly.includes(pin));
  return fault && `"${fault[0]}" is GPIO ${fault[1]}, which is an input only; use a pin that can drive an output`;
}

function inputFault({ chip, light, button, rescue }: Board): string | undefined {
  if (light.sensor === "analog" && !chip.analog.includes(light.pin)) {
    return `"light.pin" is GPIO ${light.pin}, which is not on ADC1; use one of ${chip.analog.join(", ")}`;
  }
  if (light.sensor === "edges" && chip.unwatched.includes(light.pin)) {
    return `"light.pin" is GPIO ${light.pin}, whose edges Espruino misses or invents; use a pin other than ${chip.unwatched.join(", ")}`;
  }
  if (chip.unwatched.includes(button.pin)) {
    return `"button.pin" is GPIO ${button.pin}, whose edges Espruino misses or invents; use a pin other than ${chip.unwatched.join(", ")}`;
  }
  if (rescue && chip.inputOnly.includes(rescue.pin)) {
    return `"rescue.pin" is GPIO ${rescue.pin}, which has no pull-up; use a pin below ${Math.min(...chip.inputOnly)}`;
  }
  return undefined;
}

function rateFault({ light }: Board): string | undefined {
  const wanted = light.sensor === "analog";
  if (wanted === (light.sampleHz !== undefined)) return undefined;
  return wanted
    ? `"light.sampleHz" is missing; write samples a second, 200 to 2000`
    : `"light.sampleHz" is ${light.sampleHz}, and a comparator is not sampled; leave it out`;
}

function roleFault(board: Board): string | undefined {
  return board.roles.includes("fixture") && !board.emitter
    ? `"emitter" is missing and "roles" has "fixture"; write the BlinkUp LED as { "pin", "activeLow" }`
    : undefined;
}

function flashFault({ chip, flash }: Board): string | undefined {
  const { pageBytes } = chip.rawFlash;
  const safeFrom = Number(chip.rawFlash.address);
  const safeTo = safeFrom + chip.rawFlash.bytes;
  for (const [name, region] of Object.entries(flash) as [string, Region][]) {
    const from = Number(region.address);
    if (from % pageBytes || region.bytes % pageBytes) {
      return `"flash.${name}" is not whole pages; write an address and a length that are multiples of ${pageBytes}`;
    }
    if (region.bytes < 2 * pageBytes) {
      return `"flash.${name}" is ${region.bytes} bytes; write ${2 * pageBytes}, since a record moves between two pages`;
    }
    if (from < safeFrom || from + region.bytes > safeTo) {
      const safe = `0x${safeFrom.toString(16)} to 0x${(safeTo - 1).toString(16)}`;
      return `"flash.${name}" leaves the flash that Espruino does not use; stay within ${safe}`;
    }
  }
  const [settings, identity] = [Number(flash.settings.address), Number(flash.identity.address)];
  const overlap = settings < identity + flash.identity.bytes && identity < settings + flash.settings.bytes;
  return overlap ? `"flash.settings" and "flash.identity" overlap; give each its own pages` : undefined;
}

/** The part of a board that the firmware is built with. */
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
    button,
    rescue: rescue?.pin ?? -1,
    randomRegister: Number(chip.randomRegister),
    settings: pages(flash.settings),
    identity: pages(flash.identity),
    pins,
  };
}
