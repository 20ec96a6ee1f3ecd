// SPDX-License-Identifier: Apache-2.0
// The analogue light sensor: one reading a tick into a ring, which the program reads by the block when it gets round to it.
import { ErrorCode } from "../error.js";
import type { LightSensor } from "../light-sensor.js";
import { startTicks } from "./ticks.js";

const BLOCK_SAMPLES = 128;
/** Whole blocks: a preamble takes longer to look at than to come in, and its frame less. */
const RING_SAMPLES = 1024;
const LOOK_MS = 20;

/** @hot */
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
      // A name of its own: a built-in is looked for in every scope first, at each tick.
      const level = analogRead;
      const ring = new Uint8Array(RING_SAMPLES);
      /** Samples written and read since the start. */
      let written = 0;
      let read = 0;
      const drain = () => {
        if (stopTicks !== stop) return;
        // A block that is read must not be written over meanwhile.
        if (written - read > RING_SAMPLES - 2 * BLOCK_SAMPLES) {
          sensor.lost++;
          read = written - BLOCK_SAMPLES - (written % BLOCK_SAMPLES);
        }
        const from = read % RING_SAMPLES;
        const whole = written - read >= BLOCK_SAMPLES;
        if (whole) read += BLOCK_SAMPLES;
        // What else waits comes at once, after whatever other business there is.
        setTimeout(drain, written - read >= BLOCK_SAMPLES ? 0 : LOOK_MS);
        if (whole) onBlock(ring.subarray(from, from + BLOCK_SAMPLES), BLOCK_SAMPLES);
      };
      // While a tick runs no other does: it calls nobody.
      const stop = startTicks(() => {
        ring[written++ % RING_SAMPLES] = level(pin) * scale + zero;
      }, 1000 / sampleHz);
      stopTicks = stop;
      setTimeout(drain, LOOK_MS);
      return ErrorCode.Ok;
    },
    stop() {
      if (stopTicks) stopTicks();
      stopTicks = undefined;
    },
  };
  return sensor;
}
