// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor: one reading a tick into a block, which the program takes when it gets round to it.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";
import { startTicks } from "./ticks.js";

const BLOCK_SAMPLES = 128;

export function openLightSensor(gpio: number, sampleHz: number, inverted: boolean): LightSensor {
  const pin = new Pin(gpio);
  const scale = inverted ? -255 : 255;
  const zero = inverted ? 255 : 0;
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
      const deliver = () => {
        if (stopTicks === stop) onBlock(full, BLOCK_SAMPLES);
        taken = true;
      };
      const swap = () => {
        count = 0;
        if (taken) {
          const block = full;
          full = filling;
          filling = block;
          taken = false;
          setTimeout(deliver, 0);
        } else sensor.lost++;
      };
      // Not inlined: the interpreter would read over all of it at every tick.
      const stop = startTicks(() => {
        filling[count++] = analogRead(pin) * scale + zero;
        if (count === BLOCK_SAMPLES) /*@__NOINLINE__*/ swap();
      }, 1000 / sampleHz);
      stopTicks = stop;
      return ErrorCode.Ok;
    },
    stop() {
      if (stopTicks) stopTicks();
      stopTicks = undefined;
    },
  };
  return sensor;
}
