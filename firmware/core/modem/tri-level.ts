// SPDX-License-Identifier: Apache-2.0
// BlinkUp's tri-level waveform for screens, as the vendor's published sender 0.3 has it: a bit is black, then grey for 0 or white
// for 1, most significant bit first.

/** Zeros, sent like the packet. */
const PREAMBLE_BYTES = 3;
const TAIL_SYMBOLS = 6;

/** One byte a symbol, 0 black, 1 grey, 2 white: preamble, packet, black tail. */
export function triLevelSymbols(packet: Uint8Array): Uint8Array {
  const symbols = new Uint8Array((PREAMBLE_BYTES + packet.length) * 16 + TAIL_SYMBOLS);
  let count = 1;
  for (let bit = -8 * PREAMBLE_BYTES; bit < packet.length * 8; bit++, count += 2)
    symbols[count] = bit < 0 ? 1 : 1 + ((packet[bit >> 3] >> (7 - (bit & 7))) & 1);
  return symbols;
}
