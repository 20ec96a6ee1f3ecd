// SPDX-License-Identifier: Apache-2.0
// A board of either HAL, on models of its own, for the suite that both must pass.
import typescript from "@rollup/plugin-typescript";
import { rollup } from "rollup";
import { firmwareBoard, loadBoard } from "../../bench/build/boards.js";
import { EmulatedBoard } from "../../emulator/emulated-board.js";
import type { WholeBoard } from "../../hal/sim/board.js";
import { SimBoard } from "../../hal/sim/board.js";
import type { Chip } from "../../hal/sim/models/chip.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import { Network } from "../../hal/sim/models/network.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const ROOT = new URL("../../", import.meta.url).pathname;
export const MAC = "30aea4001122";
export const data = firmwareBoard(loadBoard("virtual"));

export interface Bench {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly radio: Radio;
  readonly flash: NorFlash;
  readonly light: LightChannel;
  readonly chip: Chip;
  readonly lines: string[];
  /** Board of the present start. */
  hal: WholeBoard;
  /** Stages that were chained to. */
  readonly chained: string[];
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

type Models = Pick<Bench, "clock" | "network" | "radio" | "flash">;
type Opened = (hal: WholeBoard, stage: string | undefined) => void;

/** Makes the chip; `opened` gets the board at each start. */
export type MakeChip = (models: Models, opened: Opened) => Chip;

export const simChip: MakeChip = (models, opened) =>
  new SimBoard({ ...models, data, mac: MAC, seed: 5, firmware: opened });

const OPEN =
  ";opened(Object.assign(__hal.openFixtureBoard(data), __hal.openSampleBoard(data), __hal.openEdgeBoard(data)));";

/** hal/espruino as a script, over the emulator's globals. */
export async function emulatedChip(): Promise<MakeChip> {
  const bundle = await rollup({
    input: ROOT + "hal/espruino/board.ts",
    plugins: [typescript({ tsconfig: ROOT + "hal/espruino/tsconfig.json" })],
  });
  const { output } = await bundle.generate({ format: "iife", name: "__hal", strict: false });
  await bundle.close();
  return (models, opened) =>
    new EmulatedBoard({
      ...models,
      mac: MAC,
      seed: 5,
      storage: { ".bootcde": output[0].code + OPEN, "ll.dut": "chained()" },
      names: { data, opened, chained: () => opened(undefined as never, "ll.dut") },
    });
}

/** Powers a board up on fresh models. */
export function openBench(makeChip: MakeChip): Bench {
  const clock = new VirtualClock();
  const light = new LightChannel({ ambient: 0.25, swing: 0.5 });
  const models = {
    clock,
    network: new Network(clock),
    radio: new Radio(clock),
    flash: NorFlash.blank(0x310000, 65536),
  };
  const lines: string[] = [];
  const chained: string[] = [];
  const bench = { ...models, light, lines, chained } as unknown as { -readonly [key in keyof Bench]: Bench[key] };
  bench.chip = makeChip(models, (hal, stage) => {
    if (stage) chained.push(stage);
    else bench.hal = hal;
  });
  bench.chip.onConsole = (line) => lines.push(line);
  bench.chip.world.light.set(data.light.pin, light);
  bench.pass = async (ms) => {
    const endUs = clock.nowUs + ms * 1000;
    clock.after(ms * 1000, () => undefined);
    await clock.run(() => clock.nowUs >= endUs);
  };
  models.radio.accessPoints.push({ ssid: "factory", password: "secret" });
  bench.chip.powerOn();
  return bench;
}
