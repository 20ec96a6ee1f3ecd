// SPDX-License-Identifier: Apache-2.0
// BlinkUp's bi-level waveform for a lamp: white is 1, black is 0, one bit a symbol, most significant bit first.

const PREAMBLE_BYTES = 8;
const PREAMBLE_BYTE = 0x55;
const TAIL_SYMBOLS = 8;

/** Counts of symbols, alternately lit and dark, lit first: preamble, packet, dark tail. */
export function biLevelRuns(packet: Uint8Array): Uint16Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES + packet.length);
  bytes.fill(PREAMBLE_BYTE, 0, PREAMBLE_BYTES);
  bytes.set(packet, PREAMBLE_BYTES);
  const runs = new Uint16Array(bytes.length * 8 + 1);
  let count = -1;
  let lit = 0;
  // The very first symbol is dark, as the lamp is already.
  for (let bit = 1; bit < bytes.length * 8; bit++) {
    const value = ((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1;
    if (value !== lit) count++;
    lit = value;
    runs[count] = (runs[count] as number) + 1;
  }
  if (lit) count++;
  runs[count] = (runs[count] as number) + TAIL_SYMBOLS;
  return runs.subarray(0, count + 1);
}
