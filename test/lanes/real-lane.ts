// SPDX-License-Identifier: Apache-2.0
// Lane 3: the shipped bundles in a real Espruino.
import { readFileSync } from "node:fs";
import type { Board } from "../../bench/build/boards.js";
import { loadBoard } from "../../bench/build/boards.js";
import type { Product } from "../../bench/build/product.js";
import type { Capture } from "../../bench/capture-file.js";
import type { World } from "../espruino/real-board.js";
import { RealBoard } from "../espruino/real-board.js";
import type { LaneLists, ScenarioServer } from "./scenario.js";
import { ANALOG, capture, JOIN_MS, MAC, password, SEED, ssid } from "./scenario.js";

export const PRELUDE = readFileSync(new URL("../../emulator/prelude/prelude.js", import.meta.url), "latin1");
const DEADLINE_MS = 120_000;
const TAIL_S = 2;
export const BLANK = new Uint8Array(64 * 1024).fill(0xff);

export interface RealRun {
  readonly lists: LaneLists;
  readonly board: RealBoard;
}

/** What differs from the scenario's board. */
export interface RealBoardChanges {
  readonly light?: Capture;
  readonly flash?: Uint8Array;
  readonly world?: Partial<World>;
  readonly typed?: string;
}

/** What its pins, radio and server are in the scenario. */
export function worldOf({ pins, light, emitter, chip }: Board, changes: Partial<World> = {}): World {
  return {
    mac: MAC,
    ssid,
    password,
    joinMs: JOIN_MS,
    port: 0,
    pressMs: 0,
    entropy: SEED,
    flashBase: Number(chip.rawFlash.address),
    lightPin: light.pin,
    emitterPin: emitter?.pin ?? -1,
    lightHz: capture.sampleHz,
    analog: Object.fromEntries(Object.entries(ANALOG).map(([pin, value]) => [pins[pin]!, value])),
    wires: { [pins.pinD!]: pins.pinC! },
    ...changes,
  };
}

/** After its light the room stays as bright as it was, for a while. */
export const lightBytes = ({ samples, sampleHz }: Capture = capture): Uint8Array =>
  Buffer.concat([samples, new Uint8Array(sampleHz * TAIL_S).fill(samples.at(-1) ?? 0)]);

/** A board of the scenario in a folder of its own. */
export function makeRealBoard(
  binary: string,
  dir: string,
  files: { readonly [name: string]: string },
  board: Board,
  changes: RealBoardChanges = {},
): RealBoard {
  const light = changes.light ?? capture;
  return new RealBoard({
    binary,
    dir,
    prelude: PRELUDE,
    files,
    flash: changes.flash ?? BLANK,
    ...(changes.typed === undefined ? {} : { typed: changes.typed }),
    light: lightBytes(light),
    world: worldOf(board, { lightHz: light.sampleHz, ...changes.world }),
  });
}

/** Console lines that begin with the mark, without it. */
export const marked = ({ lines }: { readonly lines: readonly string[] }, mark: string): string[] =>
  lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));

/** Runs one unit's life. */
export async function runRealLane(
  binary: string,
  dir: string,
  files: { readonly [name: string]: string },
  product: Product,
  scenario: ScenarioServer,
): Promise<RealRun> {
  const world = { port: scenario.port };
  const board = makeRealBoard(binary, dir, files, loadBoard(product.board), { world });
  await board.run((line) => hasSettled(line, board), DEADLINE_MS);
  return { board, lists: listsOf(board, scenario) };
}

/** What was said on a console of everything that happened, in order. */
export const listsOf = (console: { readonly lines: readonly string[] }, scenario: ScenarioServer): LaneLists => ({
  steps: marked(console, "~").filter((line) => !line.startsWith("led ")),
  ledPatterns: marked(console, "~led "),
  flash: marked(console, "@flash "),
  messages: scenario.messages(),
});

/** The application runs, and its script stands. */
export const hasSettled = (line: string, { lines }: { readonly lines: readonly string[] }): boolean =>
  line.startsWith("@memory settled") && lines.includes("~app");
