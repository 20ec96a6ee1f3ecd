// SPDX-License-Identifier: Apache-2.0
// Lane 3: the shipped bundles in a real Espruino.
import { readFileSync } from "node:fs";
import { loadBoard } from "../../bench/build/boards.js";
import type { Product } from "../../bench/build/product.js";
import { RealBoard } from "../espruino/real-board.js";
import type { LaneLists, ScenarioServer } from "./scenario.js";
import { ANALOG, capture, JOIN_MS, MAC, password, SEED, ssid } from "./scenario.js";

const PRELUDE = readFileSync(new URL("../../emulator/prelude/prelude.js", import.meta.url), "latin1");
const DEADLINE_MS = 120_000;
const BLANK = new Uint8Array(64 * 1024).fill(0xff);

export interface RealRun {
  readonly lists: LaneLists;
  readonly board: RealBoard;
}

/** Runs one unit's life, or with another `until` less of it. */
export async function runRealLane(
  binary: string,
  dir: string,
  files: { readonly [name: string]: string },
  product: Product,
  scenario: ScenarioServer,
): Promise<RealRun> {
  const data = loadBoard(product.board);
  const { pins, light, chip } = data;
  const board = new RealBoard({
    binary,
    dir,
    prelude: PRELUDE,
    files,
    flash: BLANK,
    light: capture.samples,
    world: {
      mac: MAC,
      ssid,
      password,
      joinMs: JOIN_MS,
      port: scenario.port,
      entropy: SEED,
      flashBase: Number(chip.rawFlash.address),
      lightPin: light.pin,
      lightHz: capture.sampleHz,
      analog: Object.fromEntries(Object.entries(ANALOG).map(([pin, value]) => [pins[pin]!, value])),
      wires: { [pins.pinD!]: pins.pinC! },
    },
  });
  await board.run((line) => line === "~app", DEADLINE_MS);
  const after = (mark: string): string[] =>
    board.lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  return {
    board,
    lists: {
      steps: after("~").filter((line) => !line.startsWith("led ")),
      ledPatterns: after("~led "),
      flash: after("@flash "),
      messages: scenario.messages(),
    },
  };
}
