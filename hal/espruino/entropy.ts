// SPDX-License-Identifier: Apache-2.0
// The chip's random generator register, folded with the clock: E.hwRand repeats at every boot.
import type { Entropy } from "../entropy.js";

/** RNG_DATA_REG of the classic ESP32; random only while the radio runs. */
const RNG_REGISTER = 0x60035144;

export const entropy: Entropy = {
  fill(into) {
    for (let i = 0; i < into.length; i++) {
      const word = peek32(RNG_REGISTER);
      into[i] = word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24) ^ (getTime() * 1000000);
    }
  },
};
