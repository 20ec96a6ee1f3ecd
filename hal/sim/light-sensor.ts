// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor over the light channel: one reading a tick into a block.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";
import type { Start } from "./models/chip.js";

const BLOCK_SAMPLES = 128;

export function openLightSensor(start: Start, gpio: number, sampleHz: number, inverted: boolean): LightSensor {
  const reading = (): number => {
    const value = start.pins.analog(gpio);
    return inverted ? 1 - value : value;
  };
  let ticks = 0;
  return {
    sampleHz,
    start(onBlock) {
      if (ticks) return ErrorCode.Busy;
      const block = new Uint8Array(BLOCK_SAMPLES);
      let count = 0;
      ticks = start.every(1e6 / sampleHz, () => {
        block[count++] = reading() * 255;
        if (count < BLOCK_SAMPLES) return;
        count = 0;
        onBlock(block, BLOCK_SAMPLES);
      });
      return ErrorCode.Ok;
    },
    stop() {
      if (ticks) start.cancel(ticks);
      ticks = 0;
    },
    level: () => Math.round(reading() * 65535),
  };
}
