// SPDX-License-Identifier: Apache-2.0
// Frames that are sent in a loop: their soft values summed bit by bit, so that what no pass brings whole the sum may.
import { burstFrameLength } from "./burst-frame.js";
import type { Native } from "./native.js";

const HEADER_BITS = 24;
/** A sure bit counts so much; eight passes fill a byte. */
const SURE = 15;

export class Repeats {
  readonly native: Native;
  _sums: Int8Array;
  /** Length byte of the frames summed; 0 for none yet. */
  _length: number;
  _passes: number;

  constructor(native: Native) {
    this.native = native;
    this._sums = new Int8Array(0);
    this._length = this._passes = 0;
  }

  /** A header was read: another length is another frame. */
  open(header: Uint8Array): void {
    if (header[1] !== this._length) {
      this._passes = 0;
      this._length = header[1] as number;
      this._sums = new Int8Array(burstFrameLength(this._length) * 8);
    }
    this._passes++;
  }

  /** A bit behind the header, from -1 to 1. @hot */
  addSoft(bit: number, value: number): void {
    const sum = (this._sums[bit] as number) + value * SURE;
    this._sums[bit] = sum > 127 ? 127 : sum < -127 ? -127 : sum;
  }

  /** A byte's bits, of burst's symbols: each its second half less its first, times `scale`. The least of them, upright, comes back. */
  addSymbols(bit: number, light: Float32Array, scale: number): number {
    const sums = this._sums;
    let at = bit;
    let least = 1;
    for (let i = 0; i < light.length; i += 2) {
      const value = ((light[i + 1] as number) - (light[i] as number)) * scale;
      const sum = (sums[at] as number) + value * SURE;
      sums[at++] = sum > 127 ? 127 : sum < -127 ? -127 : sum;
      if (value < least && value > -least) least = value < 0 ? -value : value;
    }
    return least;
  }

  /** Writes what the sums say behind the header; false when there is nothing to add up. */
  sumInto(bytes: Uint8Array): boolean {
    if (this._passes < 2) return false;
    const bits = burstFrameLength(bytes[1] as number) * 8;
    for (let bit = HEADER_BITS; bit < bits; bit++) {
      const mask = 0x80 >> (bit & 7);
      const at = bit >> 3;
      bytes[at] = (this._sums[bit] as number) > 0 ? (bytes[at] as number) | mask : (bytes[at] as number) & ~mask;
    }
    return true;
  }

  forget(): void {
    this._length = 0;
  }
}
