// SPDX-License-Identifier: Apache-2.0
// Time since start, on the chip's clock.
import type { Clock, ShiftClock } from "../clock.js";
import type { Start } from "./models/chip.js";

export function openClock(start: Start): Clock {
  const zeroUs = start.clockUs;
  return {
    millis: () => Math.floor((start.clockUs - zeroUs) / 1000),
    micros: () => Math.floor(start.clockUs - zeroUs),
  };
}

export function openShiftClock(start: Start): ShiftClock {
  return (us) => start.setClock(start.clockUs + us);
}
