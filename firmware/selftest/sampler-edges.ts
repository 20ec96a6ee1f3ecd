// SPDX-License-Identifier: Apache-2.0
// The sampler of boards with a comparator: edges of a joined pin, timed where they happen. The hardware timer makes them.
import { options } from "lightline:selftest-options";
import type { Phase } from "../device/self-test.js";

/** Fewer than the timer has slots for, of even length. */
const PULSES = 13;
const PULSE_MS = 4;
const SETTLE_MS = 50;

let watch = 0;
let out: Pin | undefined;

/** Root of the mean square, in microseconds, of how far the lengths between edges are from what was made. */
function jitterOf(times: Float64Array): number {
  let squares = 0;
  for (let i = 1; i < times.length; i++) {
    const off = (times[i]! - times[i - 1]!) * 1000 - PULSE_MS;
    squares += off * off;
  }
  return Math.sqrt(squares / PULSES) * 1000;
}

export const phase: Phase = {
  name: "sampler-edges",
  timeoutMs: 3000,
  retries: 1,
  run(test) {
    const pair = options.loopback[0];
    if (!pair) {
      test.absent("pins that a wire joins");
      return;
    }
    const driven = new Pin(pair[0]);
    const times = new Float64Array(PULSES + 1);
    let count = 0;
    out = driven;
    driven.write(0);
    watch = setWatch(
      (event) => {
        if (count < times.length) times[count] = event.time;
        count++;
      },
      new Pin(pair[1]),
      { repeat: true, edge: "both", debounce: 0 },
    );
    setTimeout(() => digitalPulse(driven, 1, new Float32Array(PULSES).fill(PULSE_MS)), SETTLE_MS);
    setTimeout(
      () => {
        test.measure("edges", count);
        if (count === times.length) test.measure("jitter", jitterOf(times));
        else test.fail("edges are missing, or there are too many");
        test.done();
      },
      PULSES * PULSE_MS + 3 * SETTLE_MS,
    );
  },
  teardown() {
    if (watch) clearWatch(watch);
    if (out) out.mode("input");
    watch = 0;
    out = undefined;
  },
};
