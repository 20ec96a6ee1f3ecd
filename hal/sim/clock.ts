// SPDX-License-Identifier: Apache-2.0
// Time since start, on the line's clock.
import type { Clock } from "../clock.js";
import type { Start } from "./models/chip.js";

export function openClock(start: Start): Clock {
  return {
    millis: () => Math.floor(start.elapsedUs / 1000),
    micros: () => Math.floor(start.elapsedUs),
  };
}
