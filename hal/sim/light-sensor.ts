// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor over the light channel: one reading a tick into a ring, which the program reads by the block.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";
import type { Start } from "./models/chip.js";

const BLOCK_SAMPLES = 128;
const RING_SAMPLES = 1024;
const LOOK_US = 20_000;

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
      const ring = new Uint8Array(RING_SAMPLES);
      let written = 0;
      let read = 0;
      const drain = (): void => {
        if (stopTicks !== stop) return;
        if (written - read > RING_SAMPLES - 2 * BLOCK_SAMPLES) {
          sensor.lost++;
          read = written - BLOCK_SAMPLES - (written % BLOCK_SAMPLES);
        }
        const from = read % RING_SAMPLES;
        const whole = written - read >= BLOCK_SAMPLES;
        if (whole) read += BLOCK_SAMPLES;
        start.later(written - read >= BLOCK_SAMPLES ? 0 : LOOK_US, drain);
        if (whole) onBlock(ring.subarray(from, from + BLOCK_SAMPLES), BLOCK_SAMPLES);
      };
      const task = start.timer.add(1e6 / sampleHz, () => {
        ring[written++ % RING_SAMPLES] = reading() * 255;
      });
      const stop = (): void => start.timer.remove(task);
      stopTicks = stop;
      start.later(LOOK_US, drain);
      return ErrorCode.Ok;
    },
    stop() {
      stopTicks?.();
      stopTicks = undefined;
    },
  };
  return sensor;
}
