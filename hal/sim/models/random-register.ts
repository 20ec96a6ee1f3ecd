// SPDX-License-Identifier: Apache-2.0
// The chip's random generator register, repeatable by its seed; emulator/prelude gives the same numbers.

export class RandomRegister {
  private word: number;

  constructor(seed: number) {
    this.word = seed >>> 0;
  }

  read(): number {
    this.word = (this.word * 16807) % 2147483647;
    return this.word;
  }
}
