// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor: one reading a tick into a block.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";

const BLOCK_SAMPLES = 128;

export function openLightSensor(gpio: number, sampleHz: number, inverted: boolean): LightSensor {
  const pin = new Pin(gpio);
  const scale = inverted ? -255 : 255;
  const zero = inverted ? 255 : 0;
  let stopSampling: (() => void) | undefined;
  return {
    sampleHz,
    start(onBlock) {
      if (stopSampling) return ErrorCode.Busy;
      const block = new Uint8Array(BLOCK_SAMPLES);
      let count = 0;
      const sample = () => {
        block[count++] = analogRead(pin) * scale + zero;
        if (count === BLOCK_SAMPLES) {
          count = 0;
          onBlock(block, BLOCK_SAMPLES);
        }
      };
      stopSampling = startTicks(sample, 1000 / sampleHz);
      return ErrorCode.Ok;
    },
    stop() {
      if (stopSampling) stopSampling();
      stopSampling = undefined;
    },
    level: () => Math.round((analogRead(pin) * scale + zero) * 257),
  };
}

/** A hardware timer that interrupts JavaScript between statements; before 2v29 there is none and setInterval serves. */
function startTicks(tick: () => void, intervalMs: number): () => void {
  let timer: EspruinoModules["timer"] | undefined;
  try {
    timer = require("timer");
  } catch (error) {
    timer = undefined;
  }
  if (timer) {
    const tasks = timer;
    const task = tasks.add({ type: "EXEC", fn: tick, time: intervalMs, interval: intervalMs });
    return () => tasks.remove(task);
  }
  const interval = setInterval(tick, intervalMs);
  return () => clearInterval(interval);
}
