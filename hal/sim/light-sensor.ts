// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor over the light channel: one reading a tick into a block, which the program takes in its turn.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";
import type { Start } from "./models/chip.js";

const BLOCK_SAMPLES = 128;

export function openLightSensor(start: Start, gpio: number, sampleHz: number, inverted: boolean): LightSensor {
  const reading = (): number => {
    const value = start.pins.analog(gpio);
    return inverted ? 1 - value : value;
  };
  let stopTicks: (() => void) | undefined;
  const sensor = {
    sampleHz,
    lost: 0,
    start(onBlock: (samples: Uint8Array, count: number) => void) {
      if (stopTicks) return ErrorCode.Busy;
      let filling = new Uint8Array(BLOCK_SAMPLES);
      let full = new Uint8Array(BLOCK_SAMPLES);
      let count = 0;
      let taken = true;
      const deliver = (): void => {
        if (stopTicks === stop) onBlock(full, BLOCK_SAMPLES);
        taken = true;
      };
      const task = start.timer.add(1e6 / sampleHz, () => {
        filling[count++] = reading() * 255;
        if (count < BLOCK_SAMPLES) return;
        count = 0;
        if (taken) {
          [full, filling] = [filling, full];
          taken = false;
          start.later(0, deliver);
        } else sensor.lost++;
      });
      const stop = (): void => start.timer.remove(task);
      stopTicks = stop;
      return ErrorCode.Ok;
    },
    stop() {
      stopTicks?.();
      stopTicks = undefined;
    },
  };
  return sensor;
}
