// SPDX-License-Identifier: Apache-2.0
// Edges of a comparator to frames: bi-level and burst at any rate from 25 to 2,500 a second, either way up.
//
// Runs go to the preamble until it makes a clock sure; from then on their light is summed symbol by symbol, and every edge pulls the
// clock. So an edge that is lost or made up spoils the symbols it lies in and no others, and a symbol's sum says how sure it is.
import { BURST_HEADER_BYTES } from "./burst-frame.js";
import { DecodeStatus } from "./decode-status.js";
import type { Frame } from "./frame.js";
import { LightCondition } from "./light-condition.js";
import type { Native } from "./native.js";
import { Preamble } from "./preamble.js";
import { Repeats } from "./repeats.js";
import { Symbols } from "./symbols.js";
import { Waveform } from "./waveform.js";

/** Microseconds. */
const LEAST_SYMBOL = 400;
const MOST_SYMBOL = 40000;
/** A jittering sender is followed closely: half of every edge's error. */
const PHASE_GAIN = 0.5;
const RATE_GAIN = 0.02;
const LEAST_RATE = 0.8;
const MOST_RATE = 1.25;
/** Of a symbol. */
const LOST = 1.5;
/** So much of one light ends whatever is under way, in symbols. */
const MOST_RUN = 40;
/** Symbols without a frame before the clock stops. */
const PATIENCE = 2000;
/** So many edges without a frame are lamps. */
const MOST_IDLE_EDGES = 600;
/** A clock that finds nothing gives way to one of a rate that differs by so much. */
const OTHER_RATE = 0.03;

export class EdgeReceiver {
  /** A frame may be under way; and so much of one made sense that it is. */
  receiving: boolean;
  sure: boolean;
  /** Type-length-value entries of the last complete frame, as on the air; a view that the next frame overwrites. */
  entries: Uint8Array;
  entriesLength: number;
  waveform: Waveform;
  /** What is wrong with the light, if anything: a comparator sees no more of it than that it flickers. */
  condition: LightCondition;
  /** Counters at each gate. */
  edges: number;
  refused: number;
  complete: number;
  readonly preamble: Preamble;
  readonly symbols: Symbols;
  _repeats: Repeats;
  /** The run that may go on: above zero lit, in microseconds. */
  _run: number;
  /** Of the last run, 1 lit, -1 dark. */
  _last: number;
  /** Edges since the last frame. */
  _idle: number;
  /** Length of a symbol, 0 while no clock runs; what is left of the one under way, and its light so far. */
  _unit: number;
  /** Its length when the clock began: no sender strays far from that. */
  _first: number;
  _left: number;
  _light: number;

  constructor(native: Native) {
    this._repeats = new Repeats(native);
    this.symbols = new Symbols(this._repeats);
    this.preamble = new Preamble(0);
    this.entries = new Uint8Array(0);
    this.waveform = Waveform.None;
    this.condition = LightCondition.Fine;
    this.edges = this.refused = this.complete = this.entriesLength = 0;
    this._run = this._last = this._idle = this._first = this._unit = this._left = this._light = 0;
    this.receiving = this.sure = false;
  }

  /** Runs that ended, in microseconds: lit ones above zero, dark ones below. @hot */
  feed(runs: Int32Array, count: number): DecodeStatus {
    const symbols = this.symbols;
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < count; i++) {
      const run = runs[i] as number;
      this.edges++;
      if (this._unit) this._sum(run);
      if (!symbols.settled) this._hunt(run);
      if (!symbols.ended) continue;
      symbols.ended = false;
      verdict = this._collect();
      // What follows could write over the entries.
      if (verdict === DecodeStatus.Complete) break;
    }
    this.receiving = this.symbols.hasFrame();
    this.sure = this.symbols.hasSureFrame();
    this._idle = this.receiving ? 0 : this._idle + count;
    this.condition = this._idle > MOST_IDLE_EDGES ? LightCondition.Flickering : LightCondition.Fine;
    return verdict;
  }

  /** The symbols that a run ends, and what its end says of the clock. @hot */
  _sum(run: number): void {
    const level = run > 0 ? 1 : -1;
    const most = MOST_RUN * this._unit;
    let rest = run > 0 ? run : -run;
    if (rest > most) rest = most;
    // The same light again, and long: it began with a symbol of the other, whose edges were lost.
    if (this._last === level && rest > this._unit * LOST) {
      rest -= this._unit;
      this._add(-level, this._unit);
    }
    this._last = level;
    this._add(level, rest);
    let error = this._unit - this._left;
    if (error > this._left) error = -this._left;
    this._left += error * PHASE_GAIN;
    const unit = this._unit + error * RATE_GAIN;
    if (unit > this._first * LEAST_RATE && unit < this._first * MOST_RATE) this._unit = unit;
    // The light is gone, or has been without a frame for long: what is missing is not darkness that was sent.
    if (rest === most || this.symbols.idle > PATIENCE) {
      this._unit = 0;
      this.symbols.restart();
    }
  }

  /** @hot */
  _add(level: number, length: number): void {
    let rest = length;
    while (rest >= this._left) {
      this.symbols.push((this._light + level * this._left) / this._unit);
      rest -= this._left;
      this._light = 0;
      this._left = this._unit;
    }
    this._light += level * rest;
    this._left -= rest;
  }

  /** Two runs of the same light are one that an edge was made up in. @hot */
  _hunt(run: number): void {
    const before = this._run;
    if (before > 0 === run > 0) {
      this._run = before + run;
      return;
    }
    this._run = run;
    // The run before is whole now, and this one began at its end.
    if (!before || !this.preamble.push(before > 0 ? before : -before)) return;
    const unit = this.preamble.unit;
    if (this.symbols.hasFrame() || unit < LEAST_SYMBOL || unit > MOST_SYMBOL) return;
    if (this._unit && Math.abs(this._unit - unit) < unit * OTHER_RATE) return;
    this._unit = this._left = this._first = unit;
    this._light = 0;
    this.symbols.restart();
    this._sum(run);
  }

  /** What frames came to; a complete one ends all. @hot */
  _collect(): DecodeStatus {
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < 2; i++) {
      const frame = this.symbols.frames[i] as Frame;
      const status = frame.status;
      frame.status = DecodeStatus.Pending;
      if (status === DecodeStatus.Complete) this._take(frame);
      else if (status) this.refused++;
      if (status && verdict !== DecodeStatus.Complete) verdict = status;
    }
    if (verdict === DecodeStatus.Complete) this.symbols.restart();
    return verdict;
  }

  _take(frame: Frame): void {
    const from = frame.ended === Waveform.BiLevel ? 2 : BURST_HEADER_BYTES;
    this.complete++;
    this.waveform = frame.ended;
    this.entriesLength = frame.bytes[1] as number;
    this.entries = frame.bytes.subarray(from, from + this.entriesLength);
    this._repeats.forget();
  }
}
