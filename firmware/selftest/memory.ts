// SPDX-License-Identifier: Apache-2.0
// Variables that are free beside what is loaded, and how long a garbage collection stops everything.
import type { Phase } from "../device/self-test.js";

export const phase: Phase = {
  name: "memory",
  run(test) {
    // Asking collects first.
    const memory = process.memory();
    test.measure("free", memory.free);
    test.measure("pause", memory.gctime);
    test.done();
  },
};
