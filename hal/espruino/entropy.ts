// SPDX-License-Identifier: Apache-2.0
// The chip's random generator register, folded with the clock: E.hwRand and Math.random repeat at every boot.
import type { Entropy } from "../entropy.js";

/** The register is random only while the radio runs. */
export function openEntropy(register: number): Entropy {
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) {
        const word = peek32(register);
        into[i] = word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24) ^ (getTime() * 1000000);
      }
    },
  };
}
