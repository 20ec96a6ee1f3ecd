// SPDX-License-Identifier: Apache-2.0
// Time since start, from getTime(): nothing in this firmware sets the clock.
import type { Clock } from "../clock.js";

export function openClock(): Clock {
  const start = getTime();
  return {
    millis: () => Math.floor((getTime() - start) * 1000),
    micros: () => Math.floor((getTime() - start) * 1000000),
  };
}
