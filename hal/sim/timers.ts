// SPDX-License-Identifier: Apache-2.0
// Single-shot timers on the line's clock.
import type { Timers } from "../timers.js";
import type { Start } from "./models/chip.js";

export function openTimers(start: Start): Timers {
  return {
    after: (ms, run) => start.later(ms * 1000, run),
    cancel: (id) => start.cancel(id),
  };
}
