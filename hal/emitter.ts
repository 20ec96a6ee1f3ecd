// SPDX-License-Identifier: Apache-2.0
// The light that talks: a pin that drives a fixture's LED.
import type { ErrorCode } from "./error.js";

export interface Emitter {
  /**
   * Plays alternately lit and dark runs, lit first, each a count of symbols of `symbolUs` microseconds; dark at the end.
   * `gpio` drives the LED, which lights when the pin is `litLevel`.
   */
  play(
    gpio: number,
    litLevel: number,
    runs: Uint16Array,
    symbolUs: number,
    done: (error: ErrorCode) => void,
  ): ErrorCode;
}
