// SPDX-License-Identifier: Apache-2.0
// One frame under way, behind its start: symbols or pulses to bits, bits to bytes, bytes to a verdict.
import { check16 } from "../blinkup/check.js";
import { entriesAreValid, isEntryType } from "../blinkup/entries.js";
import { BURST_HEADER_BYTES, burstFrameIsValid, burstFrameLength, checkBurstFrame, fixHeader } from "./burst-frame.js";
import { DecodeStatus } from "./decode-status.js";
import type { Repeats } from "./repeats.js";
import { Waveform } from "./waveform.js";

/** Start byte, length, entries, check. */
const PACKET_LIMIT_BYTES = 259;
const SHORTEST_ENTRIES_BYTES = 2;
/** Fainter soft values, of 1, mark their byte as doubtful. */
export const DOUBTFUL = 0.3;
const MOST_DOUBTFUL_BYTES = 8;
const MOST_DOUBTFUL_BITS = 8;
const NO_HALF = 99;

export class Frame {
  /** None while this is free. */
  waveform: Waveform;
  inverted: boolean;
  status: DecodeStatus;
  /** What it was when it ended. */
  ended: Waveform;
  readonly bytes: Uint8Array;
  /** Bytes so far. */
  count: number;
  readonly repeats: Repeats;
  _byte: number;
  _bits: number;
  /** Burst's first half of a bit, or none yet. */
  _half: number;
  /** The byte under way has a faint bit. */
  _weak: boolean;
  _doubtful: Uint8Array;
  _doubts: number;

  constructor(repeats: Repeats) {
    this.repeats = repeats;
    this.bytes = new Uint8Array(PACKET_LIMIT_BYTES);
    this._doubtful = new Uint8Array(MOST_DOUBTFUL_BYTES);
    this.waveform = this.ended = Waveform.None;
    this.inverted = false;
    this.status = DecodeStatus.Pending;
    this.count = this._byte = this._bits = this._doubts = 0;
    this._weak = false;
    this._half = NO_HALF;
  }

  /** `startByte`: the first byte, which the start told; 0 when the frame begins behind it. */
  start(waveform: Waveform, inverted: boolean, startByte: number): void {
    this.waveform = waveform;
    this.inverted = inverted;
    this.status = DecodeStatus.Pending;
    this.bytes[0] = startByte;
    this.count = startByte ? 1 : 0;
    this._byte = this._bits = this._doubts = 0;
    this._weak = false;
    this._half = NO_HALF;
  }

  /** @hot */
  abandon(): void {
    this.waveform = Waveform.None;
  }

  /** So much of it made sense that nothing else is looked for. @hot */
  isSure(): boolean {
    return this.waveform !== Waveform.None && this.count > 2;
  }

  /** A symbol of bi-level, or of burst, where it is half a bit, from -1 for dark to 1 for bright; true when it ends a byte. */
  push(light: number): boolean {
    if (this.waveform === Waveform.BiLevel)
      this.bit(light > 0 !== this.inverted ? 1 : 0, light < DOUBTFUL && light > -DOUBTFUL);
    else if (this.waveform === Waveform.Burst) {
      const first = this._half;
      this._half = first === NO_HALF ? light : NO_HALF;
      if (first === NO_HALF) return false;
      this.soft((light - first) / 2);
    }
    return !this._bits;
  }

  /** A bit of burst or ternary: its sign is the bit, its size, to 1, how sure. @hot */
  soft(upright: number): void {
    const value = this.inverted ? -upright : upright;
    if (this.count >= BURST_HEADER_BYTES) this.repeats.addSoft(this.count * 8 + this._bits, value);
    if (value < DOUBTFUL && value > -DOUBTFUL) this._weak = true;
    this._byte = (this._byte << 1) | (value > 0 ? 1 : 0);
    if (++this._bits === 8) this.softByte(this._byte, this._weak);
  }

  /** A byte of burst or ternary; `weak`: one of its bits is faint. @hot */
  softByte(byte: number, weak: boolean): void {
    if (weak && this._doubts < MOST_DOUBTFUL_BYTES) this._doubtful[this._doubts++] = this.count;
    this._weak = false;
    this.bytes[this.count++] = byte;
    this._byte = this._bits = 0;
    if (this.count === BURST_HEADER_BYTES) {
      // A header that is none was no start: data of another waveform may look like one.
      if (fixHeader(this.bytes)) this.repeats.open(this.bytes);
      else this.abandon();
    } else if (this.count > BURST_HEADER_BYTES && this.count === burstFrameLength(this.bytes[1] as number))
      this._end(this._burstVerdict());
  }

  /** This frame alone, then its sum with those before. */
  _burstVerdict(): DecodeStatus {
    const bytes = this.bytes;
    const length = bytes[1] as number;
    const native = this.repeats.native;
    const doubtful = this._doubtful;
    if (!burstFrameIsValid(bytes, native.crc32)) {
      // A wrong correction changes the bytes: the next try begins with what was received.
      const received = new Uint8Array(bytes);
      let good = checkBurstFrame(bytes, native.crc32, doubtful, 0);
      if (!good && this._doubts) {
        bytes.set(received);
        good = checkBurstFrame(bytes, native.crc32, doubtful, this._doubts);
      }
      if (!good) {
        bytes.set(received);
        good = this.repeats.sumInto(bytes) && checkBurstFrame(bytes, native.crc32, doubtful, 0);
      }
      if (!good) return DecodeStatus.BadCheck;
    }
    const entries = bytes.subarray(BURST_HEADER_BYTES, BURST_HEADER_BYTES + length);
    return entriesAreValid(entries, length) ? DecodeStatus.Complete : DecodeStatus.BadField;
  }

  /** A bit of genuine BlinkUp: length, entries, check. Its check is weak: too many doubtful bits are not believed. True when it ends a byte. @hot */
  bit(bit: number, doubtful: boolean): boolean {
    this._byte = (this._byte << 1) | bit;
    if (doubtful) this._doubts++;
    if (++this._bits < 8) return false;
    this.byte(this._byte, 0);
    return true;
  }

  /** A byte of it, and how many of its bits are doubtful beyond those that were told. @hot */
  byte(byte: number, doubts: number): void {
    const bytes = this.bytes;
    const at = this.count++;
    bytes[at] = byte;
    this._doubts += doubts;
    this._byte = this._bits = 0;
    if (at === 1 && (bytes[1] as number) < SHORTEST_ENTRIES_BYTES) this._end(DecodeStatus.BadLength);
    else if (at === 2 && !isEntryType(bytes[2] as number)) this._end(DecodeStatus.BadField);
    else if (at > 2 && at === (bytes[1] as number) + 3) this._end(this._packetVerdict());
  }

  _packetVerdict(): DecodeStatus {
    const bytes = this.bytes;
    const end = (bytes[1] as number) + 2;
    if (this._doubts > MOST_DOUBTFUL_BITS) return DecodeStatus.BadCheck;
    if (check16(bytes, 1, end) !== ((bytes[end] as number) << 8) + (bytes[end + 1] as number))
      return DecodeStatus.BadCheck;
    return entriesAreValid(bytes.subarray(2, end), end - 2) ? DecodeStatus.Complete : DecodeStatus.BadField;
  }

  _end(status: DecodeStatus): void {
    this.ended = this.waveform;
    this.waveform = Waveform.None;
    this.status = status;
  }
}
