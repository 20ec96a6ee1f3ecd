// SPDX-License-Identifier: Apache-2.0
// Time since start, from getTime(), which on this port goes on over a restart.
import type { Clock, ShiftClock } from "../clock.js";

const start = /* @__PURE__ */ getTime();

export const clock: Clock = {
  millis: () => Math.floor((getTime() - start) * 1000),
  micros: () => Math.floor((getTime() - start) * 1000000),
};

export const shiftClock: ShiftClock = (us) => setTime(getTime() + us / 1000000);
