// SPDX-License-Identifier: Apache-2.0
// Whether the chip's random register is alive: its words differ, and half of their bits are set.
import { board } from "lightline:board";
import type { Phase } from "../device/self-test.js";

const WORDS = 128;
const BITS = 32;

/** Bits that are set in 32. */
function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  const bytes = (fours + (fours >>> 4)) & 0x0f0f0f0f;
  return (bytes & 0xff) + ((bytes >>> 8) & 0xff) + ((bytes >>> 16) & 0xff) + (bytes >>> 24);
}

export const phase: Phase = {
  name: "entropy",
  retries: 1,
  run(test) {
    let last = peek32(board.randomRegister);
    let changes = 0;
    let ones = 0;
    for (let n = 0; n < WORDS; n++) {
      const word = peek32(board.randomRegister);
      if (word !== last) changes++;
      ones += countOnes(word);
      last = word;
    }
    test.measure("changes", changes);
    test.measure("ones", (ones * 100) / (WORDS * BITS));
    test.done();
  },
};
