// SPDX-License-Identifier: Apache-2.0
// The sampler that the receive stage uses where it can: a task of the hardware timer, between two statements.
import type { Phase } from "../device/self-test.js";
import { measurePace, readLight, sampleHz } from "./pace.js";

const TICKS = 200;

let stop: (() => void) | undefined;

function timerModule(): EspruinoModules["timer"] | undefined {
  try {
    return require("timer");
  } catch (error) {
    return undefined;
  }
}

export const phase: Phase = {
  name: "sampler-timer",
  timeoutMs: 3000,
  run(test) {
    const timer = timerModule();
    if (!timer) {
      test.absent("a timer module, which comes with 2v29");
      return;
    }
    const times = new Float64Array(TICKS);
    let count = 0;
    // While a tick runs no other does: it only stores.
    const fn = () => {
      readLight();
      if (count < TICKS) times[count++] = getTime();
    };
    const task = timer.add({ type: "EXEC", fn, time: 1000 / sampleHz, interval: 1000 / sampleHz });
    const look = setInterval(() => {
      if (count < TICKS) return;
      if (stop) stop();
      measurePace(test, times, 1);
      test.done();
    }, 20);
    stop = () => {
      stop = undefined;
      timer.remove(task);
      clearInterval(look);
    };
  },
  teardown() {
    if (stop) stop();
  },
};
