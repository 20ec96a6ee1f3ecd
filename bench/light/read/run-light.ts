// SPDX-License-Identifier: Apache-2.0
// A comparator's runs as something to look at: a trace, and how long they are.

const PARTS_OF_SYMBOL = 16;
const MOST_SYMBOLS = 4;
const MOST_SAMPLES = 1 << 20;
const SAMPLES_A_SYMBOL = 16;
const USUAL_SYMBOL_S = 0.001;

export const lengthS = (runs: Int32Array): number => runs.reduce((sum, run) => sum + Math.abs(run), 0) / 1e6;

/** Full light and none, often enough for symbols to be seen. */
export function runsAsSamples(runs: Int32Array, symbolS = USUAL_SYMBOL_S): { samples: Uint8Array; sampleHz: number } {
  const seconds = lengthS(runs);
  const sampleHz = Math.min(SAMPLES_A_SYMBOL / symbolS, MOST_SAMPLES / seconds);
  const samples = new Uint8Array(Math.ceil(seconds * sampleHz));
  let us = 0;
  for (const run of runs) {
    const from = Math.round((us / 1e6) * sampleHz);
    us += Math.abs(run);
    if (run > 0) samples.fill(255, from, Math.round((us / 1e6) * sampleHz));
  }
  return { samples, sampleHz };
}

/** How many runs there are of each length; longer ones than a start word has are none of a frame's. */
export function runLengths(runs: readonly number[], symbolS: number): { partsOfSymbol: number; counts: number[] } {
  const counts = new Array<number>(PARTS_OF_SYMBOL * MOST_SYMBOLS).fill(0);
  for (const run of runs) {
    const part = Math.floor((Math.abs(run) / 1e6 / symbolS) * PARTS_OF_SYMBOL);
    if (part < counts.length) counts[part]!++;
  }
  return { partsOfSymbol: PARTS_OF_SYMBOL, counts };
}
