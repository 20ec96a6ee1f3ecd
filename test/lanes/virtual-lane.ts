// SPDX-License-Identifier: Apache-2.0
// Lanes 1 and 2: the firmware called in this process, or the shipped bundles in the emulator.
import { loadBoard } from "../../bench/build/boards.js";
import type { Product } from "../../bench/build/product.js";
import { captureLight } from "../../bench/capture-file.js";
import type { LineWorld } from "../../bench/line/bench-unit.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { Network } from "../../hal/sim/models/network.js";
import type { ChannelOptions } from "../../hal/sim/models/light-channel.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import type { LaneLists, ScenarioServer } from "./scenario.js";
import { ANALOG, capture, JOIN_MS, MAC, password, SEED, ssid } from "./scenario.js";

export interface VirtualRun {
  readonly lists: LaneLists;
  readonly flash: Uint8Array;
}

export interface LaneChanges {
  readonly noise: Pick<ChannelOptions, "noise" | "seed">;
  /** The clock takes how the light came in over a restart. */
  readonly keepsClock: boolean;
}

/** Lanes sample the light at moments of their own: none of that may reach their messages. */
const AS_IN_EVERY_LANE: LaneChanges = { noise: {}, keepsClock: false };

export async function runVirtualLane(
  firmware: LineWorld["firmware"],
  product: Product,
  scenario: ScenarioServer,
  { noise, keepsClock }: LaneChanges = AS_IN_EVERY_LANE,
): Promise<VirtualRun> {
  const clock = new VirtualClock();
  const network = new Network(clock);
  const radio = new Radio(clock);
  radio.joinMs = JOIN_MS;
  radio.accessPoints.push({ ssid, password });
  const { hostname, port } = new URL(product.serverUrl);
  network.hosts.set(`${hostname}:${port}`, { port: scenario.port, up: true });
  const board = loadBoard(product.board);
  const analog = new Map(Object.entries(ANALOG).map(([pin, value]) => [board.pins[pin]!, value]));
  const world = { clock, network, radio, board, firmware, keepsClock };
  const unit = new BenchUnit(world, { mac: MAC, seed: SEED, analog });
  const light = new LightChannel({ ambient: 0, swing: 1, ...noise });
  light.source = captureLight(capture, 0);
  unit.board.world.light.set(board.light.pin, light);
  unit.board.powerOn();
  await clock.run(() => unit.steps.includes("app"));
  unit.board.powerOff();
  return {
    flash: unit.flash.bytes,
    lists: {
      steps: unit.steps,
      ledPatterns: unit.ledPatterns,
      flash: unit.flashOperations.map(({ kind, page, offset, length, digest }) =>
        [kind, page, offset, length, digest].join(" "),
      ),
      messages: scenario.messages(),
    },
  };
}
