// SPDX-License-Identifier: Apache-2.0
// Ternary, a waveform of our own for screens: black, grey and white, and no symbol like the one before it.
//
// A bit is a step through the three levels, so every symbol carries one and none needs a clock: a picture shown twice or late is
// the same symbol still.

const PREAMBLE_PAIRS = 12;
const START_WORD = [0x2d, 0xd4];
const TAIL_SYMBOLS = 2;

/** One byte a symbol, 0 black, 1 grey, 2 white, after a black screen: preamble, start word, frame, black tail. */
export function ternarySymbols(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(START_WORD.length + frame.length);
  bytes.set(START_WORD);
  bytes.set(frame, START_WORD.length);
  const symbols = new Uint8Array(2 * PREAMBLE_PAIRS + bytes.length * 8 + TAIL_SYMBOLS);
  let count = 0;
  // White and black, which is bits 1 and 0 from black: both outer levels, before the start word's first grey.
  for (; count < 2 * PREAMBLE_PAIRS; count += 2) symbols[count] = 2;
  let level = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    level = (level + 1 + ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1)) % 3;
    symbols[count++] = level;
  }
  return symbols;
}
