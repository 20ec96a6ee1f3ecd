// SPDX-License-Identifier: Apache-2.0
// The chip's random generator register, folded with the clock: E.hwRand and Math.random repeat at every boot.
import type { Entropy } from "../entropy.js";

/** The register is random only while the radio runs. */
export class RegisterEntropy implements Entropy {
  _register: number;

  constructor(register: number) {
    this._register = register;
  }

  fill(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) {
      const word = peek32(this._register);
      into[i] = word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24) ^ (getTime() * 1000000);
    }
  }
}
