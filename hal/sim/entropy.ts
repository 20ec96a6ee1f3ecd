// SPDX-License-Identifier: Apache-2.0
// The model of the random register, folded with the clock as the chip's own is.
import type { Entropy } from "../entropy.js";
import type { Start } from "./models/chip.js";
import type { RandomRegister } from "./models/random-register.js";

export function openEntropy(register: RandomRegister, start: Start): Entropy {
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) {
        const word = register.read();
        into[i] = word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24) ^ ((start.clockUs / 1e6) * 1000000);
      }
    },
  };
}
