// SPDX-License-Identifier: Apache-2.0
// The LEDs' pins go where they are driven; three blinks are for whoever watches.
import type { Phase } from "../device/self-test.js";
import { light, openLamps, restore } from "./lamps.js";

const BLINKS = 3;
const BLINK_MS = 150;

let lamps: ReturnType<typeof openLamps> = [];

/** How many of the lamps' pins are at that level. */
function countAt(isLit: boolean): number {
  let count = 0;
  for (let i = 0; i < lamps.length; i++) if (lamps[i]!.pin.read() === (isLit !== lamps[i]!.activeLow)) count++;
  return count;
}

export const phase: Phase = {
  name: "led",
  run(test) {
    lamps = openLamps();
    let left = BLINKS * 2;
    let right = 0;
    const step = () => {
      const isLit = left % 2 === 0;
      light(lamps, isLit);
      right += countAt(isLit);
      if (--left) {
        setTimeout(step, BLINK_MS);
        return;
      }
      test.measure("levels right", (right * 100) / (lamps.length * BLINKS * 2));
      test.done();
    };
    step();
  },
  teardown() {
    restore(lamps);
    lamps = [];
  },
};
