// SPDX-License-Identifier: Apache-2.0
// Samples to runs behind a filter: an edge is a turn, where the light has left its last extreme by nearly half the preamble's swing,
// wherever the room's own light went meanwhile.
import type { Native } from "./native.js";
import { Preamble } from "./preamble.js";
import type { Pulses } from "./pulses.js";

/** A turn is so much of the swing; while the swing is only the block's, which noise widens, less. */
const TURN = 0.45;
const UNSURE_TURN = 0.25;
/** Runs whose levels agree, before the swing is believed; and how many then hold it. */
const LOCKED = 5;
const MOST_TRUST = 8;
/** One level's light differs by less than this part of the swing, squared. */
const NEAR = 0.0225;
/** How fast a level follows what is near: a long run's is better known, and a room has longer to change. */
const EASE = 0.25;
const LONG_EASE = 0.5;
/** The part of a long run, in its middle, that is flat. */
const FLAT = 0.6;
/** A run of this many kernels is long; of this many symbols it was shown more than once. */
const LONG = 1.5;
const REPEATED = 1.4;
/** A symbol's length that differs by less than this part, squared, is the same one. */
const SAME_UNIT = 0.0025;
/** A run's length, in values of the filter, is not known better than this squared. */
const SLACK = 1.1;

export class Slicer {
  readonly preamble: Preamble;
  readonly kernel: Float32Array;
  dark!: number;
  bright!: number;
  edges: number;
  /** When the preamble first made a clock sure in this block, below zero: it did not; and the length of its symbols. */
  lockedAt!: number;
  unit: number;
  _native: Native;
  _pulses: Pulses | undefined;
  _step: number;
  _at!: number;
  _lit!: boolean;
  _from!: number;
  _extreme!: number;
  _value!: number;
  _turn!: number;
  _trust!: number;
  _ease!: number;
  /** A run of more samples is long. */
  _long: number;

  /** `step`: samples from one value of the filter to the next; `pulses`: what reads tri-level, on slow light. */
  constructor(native: Native, kernel: Float32Array, step: number, pulses: Pulses | undefined) {
    this.preamble = new Preamble(SLACK * step * step);
    this.kernel = kernel;
    this.edges = 0;
    this._native = native;
    this._pulses = pulses;
    this._step = step;
    this._long = kernel.length * LONG;
    this.unit = 1;
    this.startAt(0, 0);
  }

  /** Nothing is known but the light now, from a place in the window on. */
  startAt(light: number, at: number): void {
    this._at = this._from = at;
    this._value = this._extreme = this.dark = this.bright = light;
    this._lit = false;
    this._trust = 0;
    this._ease = EASE;
    this._turn = 1;
    this.lockedAt = -1;
    this.preamble.forget();
  }

  /** The window up to its end; `range`: how far its samples are apart. @hot */
  run(window: Uint8Array, end: number, range: number): void {
    const convolve = this._native.convolve;
    const kernel = this.kernel;
    const step = this._step;
    const pulses = this._pulses;
    const last = end - kernel.length;
    const middle = kernel.length / 2 - step;
    if (this._trust < LOCKED && !(pulses && pulses.active)) this._turn = range * UNSURE_TURN;
    if (pulses) pulses.range = range;
    // A dark run is read upside down: both look for a fall.
    let upright = this._lit ? 1 : -1;
    let value = this._value * upright;
    let before: number;
    let extreme = this._extreme * upright;
    let least = extreme - this._turn;
    let at = this._at;
    this.lockedAt = -1;
    while (at <= last) {
      do {
        before = value;
        value = convolve(kernel, window, at) * upright;
        at += step;
        if (value > extreme) {
          extreme = value;
          least = value - this._turn;
        }
      } while (value >= least && at <= last);
      if (value >= least) break;
      // Where between the two values: in between, unless the turn itself moved.
      const back = (least - value) / (before - value);
      const time = at + middle - (back > 0 && back < 1 ? step * back : 0);
      this._endRun(window, upright > 0, time, extreme * upright);
      upright = -upright;
      extreme = value = -value;
      least = value - this._turn;
    }
    this._lit = upright > 0;
    this._value = value * upright;
    this._extreme = extreme * upright;
    this._at = at;
  }

  /** The window moves on by so many samples. @hot */
  shift(count: number): void {
    this._at -= count;
    this._from -= count;
  }

  /** How long the run under way has lasted, to a place in the window. @hot */
  runTo(end: number): number {
    return end - this._from;
  }

  /** What has come of the run under way is black enough to end the last pulse. */
  endRun(): void {
    if (this._pulses) this._pulses.endRun(this._lit, this._lit ? this.bright : this.dark, this._extreme);
  }

  /** @hot */
  _endRun(window: Uint8Array, lit: boolean, time: number, extreme: number): void {
    const length = time - this._from;
    const pulses = this._pulses;
    this._from = time;
    this.edges++;
    this._ease = EASE;
    if (pulses) {
      const level = length > this._long ? this._levelOf(window, time - length, length, extreme) : extreme;
      const before = lit ? this.bright : this.dark;
      if (pulses.sure) {
        if (pulses.inverted !== lit) {
          pulses.last = level;
          return;
        }
        // Black is followed wherever it goes.
        const off = level - before;
        const span = this.bright - this.dark;
        const behind = off * off < span * span * NEAR ? before + off * this._ease : level;
        if (lit) this.bright = behind;
        else this.dark = behind;
        if (pulses.push(lit, level, before, behind)) this._turn = pulses.grey * TURN;
        return;
      }
      this._follow(lit, level, pulses.active, pulses.inverted === lit);
      if (pulses.push(lit, level, before, lit ? this.bright : this.dark)) this._turn = pulses.grey * TURN;
    } else this._follow(lit, extreme, false, false);
    if (!this.preamble.push(length)) return;
    const unit = this.preamble.unit;
    const off = unit - this.unit;
    // Of what comes behind it in the block only more of the same says better how long a symbol is.
    if (this.lockedAt < 0 || off * off < unit * unit * SAME_UNIT) this.unit = unit;
    if (this.lockedAt < 0) this.lockedAt = time;
  }

  /**
   * The light of a long run: the mean around its middle. Of one that a screen showed longer than others only so much counts as others have:
   * a slow panel is brighter at its end.
   * @hot
   */
  _levelOf(window: Uint8Array, begin: number, length: number, extreme: number): number {
    const kernel = this.kernel;
    const unit = this._trust < LOCKED ? length : this.preamble.unit;
    const counts = length > unit * REPEATED ? unit : length;
    const half = kernel.length >> 1 || 1;
    let places = 1;
    if (counts > this._long) {
      this._ease = LONG_EASE;
      places = ((counts * FLAT) / half) | 0;
    }
    const from = (begin + (counts - places * half - half) / 2 + 0.5) | 0;
    if (from <= 0) return extreme;
    const convolve = this._native.convolve;
    let sum = 0;
    for (let i = 0; i < places; i++) sum += convolve(kernel, window, from + i * half);
    return sum / places;
  }

  /** Levels after a run; a far one is another level, or another light. @hot */
  _follow(lit: boolean, level: number, active: boolean, follows: boolean): void {
    const dark = this.dark;
    const bright = this.bright;
    const off = level - (lit ? bright : dark);
    const near = off * off < (bright - dark) * (bright - dark) * NEAR;
    const trust = this._trust;
    if (near || (active ? follows : trust < LOCKED)) {
      const now = near ? level - off + off * this._ease : level;
      if (lit) this.bright = now;
      else this.dark = now;
    }
    if (active) return;
    if (!near) this._trust = trust < 2 ? 0 : trust - 2;
    else if (trust < MOST_TRUST) this._trust = trust + 1;
    if (this._trust >= LOCKED) this._turn = (this.bright - this.dark) * TURN;
  }
}
