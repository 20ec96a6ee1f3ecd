// SPDX-License-Identifier: Apache-2.0
// The chip's own thermometer, where Espruino can read it.
import type { Phase } from "../device/self-test.js";

export const phase: Phase = {
  name: "temperature",
  run(test) {
    const celsius = typeof E.getTemperature === "function" ? E.getTemperature() : NaN;
    if (isNaN(celsius)) {
      test.absent("a thermometer that Espruino reads");
      return;
    }
    test.measure("chip", celsius);
    test.done();
  },
};
