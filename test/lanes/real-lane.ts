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

const PRELUDE = readFileSync(new URL("../../emulator/prelude/prelude.js", import.meta.url), "latin1");
const DEADLINE_MS = 120_000;
const TAIL_S = 2;
const BLANK = new Uint8Array(64 * 1024).fill(0xff);

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

/** A board of the scenario in a folder of its own. After its light it stays as bright as it was, for a while. */
export function makeRealBoard(
  binary: string,
  dir: string,
  files: { readonly [name: string]: string },
  board: Board,
  changes: RealBoardChanges = {},
): RealBoard {
  const { pins, light, emitter, chip } = board;
  const { samples, sampleHz } = changes.light ?? capture;
  const tail = new Uint8Array(sampleHz * TAIL_S).fill(samples.at(-1) ?? 0);
  return new RealBoard({
    binary,
    dir,
    prelude: PRELUDE,
    files,
    flash: changes.flash ?? BLANK,
    ...(changes.typed === undefined ? {} : { typed: changes.typed }),
    light: Buffer.concat([samples, tail]),
    world: {
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
      lightHz: sampleHz,
      analog: Object.fromEntries(Object.entries(ANALOG).map(([pin, value]) => [pins[pin]!, value])),
      wires: { [pins.pinD!]: pins.pinC! },
      ...changes.world,
    },
  });
}

/** Console lines that begin with the mark, without it. */
export const marked = (board: RealBoard, mark: string): string[] =>
  board.lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));

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
  await board.run((line) => line.startsWith("@memory settled") && board.lines.includes("~app"), DEADLINE_MS);
  return {
    board,
    lists: {
      steps: marked(board, "~").filter((line) => !line.startsWith("led ")),
      ledPatterns: marked(board, "~led "),
      flash: marked(board, "@flash "),
      messages: scenario.messages(),
    },
  };
}
