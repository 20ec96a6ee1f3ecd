// SPDX-License-Identifier: Apache-2.0
// Burst, a waveform of our own for a lamp: Manchester, 0 is lit then dark, 1 is dark then lit, most significant bit first.
//
// Before the frame stand a preamble of equal runs and a start word of three lit and three dark, which Manchester never has: it tells
// start, phase and polarity at once.

export const FIRST_PREAMBLE_PAIRS = 16;
export const REPEAT_PREAMBLE_PAIRS = 8;

const START_RUNS = 4;
/** After the last bit's own: an edge closes every bit, and the gap to a repeat is no data. */
const TAIL_INTERVALS = 6;

/** Counts of unit intervals, alternately lit and dark, lit first: preamble, start word, frame, trailer, dark tail. */
export function burstRuns(frame: Uint8Array, preamblePairs: number): Uint16Array {
  const bits = frame.length * 8;
  const runs = new Uint16Array(2 * preamblePairs + START_RUNS + 2 * bits + 2);
  runs.fill(1);
  let last = 2 * preamblePairs + START_RUNS - 1;
  // Three lit, three dark, then the pair of a 0.
  runs[last - 3] = runs[last - 2] = 3;
  let lit = 0;
  for (let bit = 0; bit < bits; bit++) {
    const value = (frame[bit >> 3] >> (7 - (bit & 7))) & 1;
    // A bit's first half is the opposite of its second: after another bit it lengthens the run, after the same it begins one.
    if (value === lit) last++;
    else runs[last] = 2;
    last++;
    lit = value;
  }
  // The trailer is one more 0.
  if (lit) runs[last] = 2;
  else last++;
  runs[++last] += TAIL_INTERVALS;
  return runs.subarray(0, last + 1);
}
