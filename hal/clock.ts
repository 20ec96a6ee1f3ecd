// SPDX-License-Identifier: Apache-2.0
// Time since start.

export interface Clock {
  millis(): number;
  micros(): number;
}

/** Moves the chip's clock on by so many microseconds. A restart of its own will does not set it back. */
export type ShiftClock = (us: number) => void;
