// SPDX-License-Identifier: Apache-2.0
// The sampler of firmware without a timer module: the interpreter's own interval, late whenever something else runs.
import type { Phase } from "../device/self-test.js";
import { measurePace, readLight, sampleHz } from "./pace.js";

const TICKS = 200;

let ticks = 0;

function stop(): void {
  if (ticks) clearInterval(ticks);
  ticks = 0;
}

export const phase: Phase = {
  name: "sampler-interval",
  timeoutMs: 3000,
  run(test) {
    const times = new Float64Array(TICKS);
    let count = 0;
    ticks = setInterval(() => {
      readLight();
      if (count < TICKS) times[count++] = getTime();
      if (count < TICKS || !ticks) return;
      stop();
      measurePace(test, times, 1);
      test.done();
    }, 1000 / sampleHz);
  },
  teardown: stop,
};
