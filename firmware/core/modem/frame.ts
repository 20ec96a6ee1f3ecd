// SPDX-License-Identifier: Apache-2.0
// One frame under way: pulses or symbols to bits, bits to bytes, bytes to a verdict.
import { check16 } from "../blinkup/check.js";
import { entriesAreValid, isEntryType } from "../blinkup/entries.js";
import { START_BYTE } from "../blinkup/packet.js";
import { BURST_HEADER_BYTES, burstFrameLength, checkBurstFrame, fixHeader } from "./burst-frame.js";
import { DecodeStatus } from "./decode-status.js";
import type { Repeats } from "./repeats.js";
import { Waveform } from "./waveform.js";

/** Start byte, length, entries, check. */
const PACKET_LIMIT_BYTES = 259;
const SHORTEST_ENTRIES_BYTES = 2;
/** Fainter soft values, of 1, mark their byte as doubtful. */
const DOUBTFUL = 0.3;
const MOST_DOUBTFUL_BYTES = 8;
/** Ternary's word between preamble and frame, and the same upside down. */
const SYNC_WORD = 0x2dd4;
const INVERTED_SYNC_WORD = 0xd22b;
/** Symbols that ternary may look for its word. */
const SYNC_LIMIT_SYMBOLS = 64;
/** Pulses fainter than this part of grey are no pulses. */
const FAINTEST_PULSE = 0.4;
/** Where ternary's grey is expected until it was seen, of white. */
const EXPECTED_GREY = 0.6;

/** Two that take pulses, then two that take symbols: a start within a frame, true or not, goes into the second. */
export const CLOCKED_FRAMES = 2;
export const FRAMES = 4;

export class Frame {
  /** None while this is free. */
  waveform: Waveform;
  inverted: boolean;
  /** Of which branch. */
  slow: boolean;
  status: DecodeStatus;
  /** What it was when it ended. */
  ended: Waveform;
  readonly bytes: Uint8Array;
  /** Bytes so far. */
  count: number;
  /** Clock, in the branch's samples or in microseconds: a symbol's length, and when the next is read. */
  unit: number;
  next: number;
  /** Levels: tri-level's over black, ternary's as the branch sees light. */
  black: number;
  grey: number;
  white: number;
  _repeats: Repeats;
  _byte: number;
  _bits: number;
  _half: number;
  /** Of the symbol that a comparator is in, in its time. */
  _light: number;
  _skip: number;
  _second: boolean;
  _level: number;
  _limit: number;
  _weakest: number;
  _doubtful: Uint8Array;
  _doubts: number;

  constructor(repeats: Repeats) {
    this._repeats = repeats;
    this.bytes = new Uint8Array(PACKET_LIMIT_BYTES);
    this._doubtful = new Uint8Array(MOST_DOUBTFUL_BYTES);
    this.waveform = this.ended = Waveform.None;
    this.inverted = this.slow = this._second = false;
    this.status = DecodeStatus.Pending;
    this.count =
      this._byte =
      this._bits =
      this._half =
      this._level =
      this._doubts =
      this._limit =
      this._light =
      this._skip =
        0;
    this.black = 0;
    this.unit = this.grey = this.white = this._weakest = 1;
    this.next = Infinity;
  }

  /** Takes a clock; for pulses `unit` and `next` mean nothing. */
  start(waveform: Waveform, inverted: boolean, unit: number, next: number): void {
    this.waveform = waveform;
    this.inverted = inverted;
    this.unit = unit;
    this.next = next;
    this.status = DecodeStatus.Pending;
    this.count = this._byte = this._bits = this._doubts = this._limit = this._light = 0;
    this._weakest = 1;
    this._second = false;
    // The run that told bi-level was two zeros of its start byte; burst's start word goes on for two symbols.
    if (waveform === Waveform.BiLevel) this._bits = 2;
    this._skip = waveform === Waveform.Burst ? 2 : 0;
  }

  /** The start byte was read already, and the levels with it. */
  skipStartByte(grey: number, white: number): void {
    this.grey = grey;
    this.white = white;
    this.bytes[0] = START_BYTE;
    this.count = 1;
  }

  /** Ternary goes on from its level 0 or 2; its preamble's are these. */
  from(level: number, black: number, white: number): void {
    this._level = level;
    this.black = black;
    this.white = white;
    this.grey = black + (white - black) * EXPECTED_GREY;
  }

  /** Ternary without its word yet. */
  isSearching(): boolean {
    return this.waveform === Waveform.Ternary && !this._second;
  }

  /** More than a search, in this branch. */
  isSlicing(slow: boolean): boolean {
    return this.waveform !== Waveform.None && this.slow === slow && !this.isSearching();
  }

  /** So much of it made sense that it has its branch for itself. */
  isSure(slow: boolean): boolean {
    return this.waveform !== Waveform.None && this.slow === slow && this.count > 2;
  }

  /**
   * A tri-level pulse's height over black, which may differ by `spread` from one side of it to the other: when the room's light jumped
   * there, the height over one of the sides fits the levels.
   */
  pulse(height: number, spread: number): void {
    if (height < this.grey * FAINTEST_PULSE) return;
    let rise = height;
    if (Math.abs(spread) > (this.white - this.grey) / 4) {
      if (this._misfit(height - spread / 2) < this._misfit(rise)) rise = height - spread / 2;
      if (this._misfit(height + spread / 2) < this._misfit(rise)) rise = height + spread / 2;
    }
    const isWhite = rise > (this.grey + this.white) / 2;
    if (isWhite) this.white += (rise - this.white) / 8;
    else this.grey += (rise - this.grey) / 8;
    this._bit(isWhite ? 1 : 0);
  }

  /** How far a height is from both levels. */
  _misfit(rise: number): number {
    return Math.min(Math.abs(rise - this.grey), Math.abs(rise - this.white));
  }

  /** One symbol's light; `middle` is between dark and bright, `half` what bright is above it. */
  symbol(value: number, middle: number, half: number): void {
    if (this._skip) {
      this._skip--;
      return;
    }
    if (this.waveform === Waveform.Ternary) {
      this._ternary(value);
      return;
    }
    const upright = (this.inverted ? middle - value : value - middle) / half;
    if (this.waveform === Waveform.BiLevel) this._bit(upright > 0 ? 1 : 0);
    else {
      this._second = !this._second;
      if (this._second) this._half = upright;
      else this._soft((upright - this._half) / 2);
    }
  }

  /** A run of a comparator, lit 1 or dark -1, up to the edge that ends it: each symbol is its light's sum. `next` is what is left of it. */
  run(level: number, length: number, gain: number): void {
    let rest = length;
    while (rest >= this.next && this.waveform) {
      this.symbol(this._light + level * this.next, 0, this.unit);
      rest -= this.next;
      this._light = 0;
      this.next = this.unit;
    }
    this._light += level * rest;
    this.next -= rest;
    let off = 1 - this.next / this.unit;
    off -= Math.round(off);
    this.next += off * this.unit * gain;
    this.unit += off * this.unit * gain * 0.04;
  }

  /** An edge that asks for a symbol at `time`, or any number of symbols off: pulls the clock by `gain` of the rest. */
  edge(time: number, gain: number): void {
    const unit = this.unit;
    let off = (time - this.next) / unit;
    off -= Math.round(off);
    if (off * off > 0.16) return;
    if (this.waveform === Waveform.Ternary) {
      // Only a step between the outer levels crosses the middle in time; the next symbol tells.
      this._half = off;
      return;
    }
    this.next += off * unit * gain;
    this.unit += off * unit * gain * 0.04;
  }

  abandon(): void {
    this.waveform = Waveform.None;
    this.next = Infinity;
  }

  /** Levels 0, 1, 2; the same again is a frame shown twice. */
  _ternary(value: number): void {
    const black = this.black;
    const grey = this.grey;
    const white = this.white;
    const from = this._level;
    if (++this._limit > SYNC_LIMIT_SYMBOLS && this.isSearching()) this.abandon();
    let level = 1;
    if (value + value < black + grey) {
      level = 0;
      this.black += (value - black) / 8;
    } else if (value + value > grey + white) {
      level = 2;
      this.white += (value - white) / 8;
    } else this.grey += (value - grey) / 8;
    if (level === from) return;
    if (level !== 1 && from !== 1) {
      this.next += this._half * this.unit * 0.25;
      this.unit += this._half * this.unit * 0.01;
    }
    this._half = 0;
    this._level = level;
    const bit = (level - from + 3) % 3 === 2 ? 1 : -1;
    if (this._second) this._soft(this.inverted ? -bit : bit);
    else this._sync(bit > 0 ? 1 : 0);
  }

  /** Ternary before its body. */
  _sync(bit: number): void {
    this._byte = ((this._byte << 1) | bit) & 0xffff;
    if (this._byte !== SYNC_WORD && this._byte !== INVERTED_SYNC_WORD) return;
    this.inverted = this._byte !== SYNC_WORD;
    this._byte = 0;
    this._second = true;
    this._limit = 0;
  }

  /** A bit of burst or ternary: its sign is the bit, its size how sure. */
  _soft(value: number): void {
    this._repeats.add(this.count * 8 + this._bits, value);
    const sure = value < 0 ? -value : value;
    if (sure < this._weakest) this._weakest = sure;
    this._byte = (this._byte << 1) | (value > 0 ? 1 : 0);
    if (++this._bits < 8) return;
    if (this._weakest < DOUBTFUL && this._doubts < MOST_DOUBTFUL_BYTES) this._doubtful[this._doubts++] = this.count;
    this._weakest = 1;
    this.bytes[this.count++] = this._byte;
    this._byte = this._bits = 0;
    if (this.count === BURST_HEADER_BYTES) {
      if (!fixHeader(this.bytes)) this._end(DecodeStatus.BadLength);
      else this._repeats.open(this.bytes);
    } else if (this.count > BURST_HEADER_BYTES && this.count === burstFrameLength(this.bytes[1] as number))
      this._end(this._burstVerdict());
  }

  /** This frame alone, then its sum with those before. */
  _burstVerdict(): DecodeStatus {
    const bytes = this.bytes;
    const length = bytes[1] as number;
    const crc32 = this._repeats.crc32;
    const doubtful = this._doubtful;
    if (
      !checkBurstFrame(bytes, crc32, doubtful, 0) &&
      !(this._doubts && checkBurstFrame(bytes, crc32, doubtful, this._doubts)) &&
      !(this._repeats.sum(bytes) && checkBurstFrame(bytes, crc32, doubtful, 0))
    )
      return DecodeStatus.BadCheck;
    const entries = bytes.subarray(BURST_HEADER_BYTES, BURST_HEADER_BYTES + length);
    return entriesAreValid(entries, length) ? DecodeStatus.Complete : DecodeStatus.BadField;
  }

  /** A bit of genuine BlinkUp: start byte, length, entries, check. */
  _bit(bit: number): void {
    this._byte = (this._byte << 1) | bit;
    if (++this._bits < 8) return;
    const bytes = this.bytes;
    const at = this.count++;
    bytes[at] = this._byte;
    this._byte = this._bits = 0;
    if (at === 0 && bytes[0] !== START_BYTE) this.abandon();
    else if (at === 1 && (bytes[1] as number) < SHORTEST_ENTRIES_BYTES) this._end(DecodeStatus.BadLength);
    else if (at === 2 && !isEntryType(this.bytes[2] as number)) this._end(DecodeStatus.BadField);
    else if (at > 1 && at === (bytes[1] as number) + 3) this._end(this._packetVerdict());
  }

  _packetVerdict(): DecodeStatus {
    const bytes = this.bytes;
    const end = (bytes[1] as number) + 2;
    if (check16(bytes, 1, end) !== ((bytes[end] as number) << 8) + (bytes[end + 1] as number))
      return DecodeStatus.BadCheck;
    return entriesAreValid(bytes.subarray(2, end), end - 2) ? DecodeStatus.Complete : DecodeStatus.BadField;
  }

  _end(status: DecodeStatus): void {
    this.ended = this.waveform;
    this.abandon();
    this.status = status;
  }
}
