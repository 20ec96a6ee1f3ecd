// SPDX-License-Identifier: Apache-2.0
// Pins that a wire joins: what one drives the other sees, high and low, against its own pull.
import { options } from "lightline:selftest-options";
import type { Phase } from "../device/self-test.js";

export const phase: Phase = {
  name: "loopback",
  retries: 1,
  run(test) {
    const pairs = options.loopback;
    if (!pairs.length) {
      test.absent("pins that a wire joins");
      return;
    }
    let right = 0;
    for (let i = 0; i < pairs.length; i++) {
      const out = new Pin(pairs[i]![0]);
      const into = new Pin(pairs[i]![1]);
      for (let level = 0; level < 2; level++) {
        into.mode(level ? "input_pulldown" : "input_pullup");
        out.write(level);
        if (into.read() === !!level) right++;
      }
    }
    test.measure("levels right", (right * 100) / (pairs.length * 2));
    test.done();
  },
  teardown() {
    for (let i = 0; i < options.loopback.length; i++) new Pin(options.loopback[i]![0]).mode("input");
  },
};
