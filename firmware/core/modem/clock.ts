// SPDX-License-Identifier: Apache-2.0
// Samples to symbols on a clock: each symbol is one native product over its middle, and one over its beginning tells, where the light
// changes, how early or late the clock is. Nothing is done between.
import type { Native } from "./native.js";
import type { Symbols } from "./symbols.js";

/** How much of an edge's error the clock takes on, and its rate. */
const PHASE_GAIN = 0.4;
const RATE_GAIN = 0.012;
const LEAST_RATE = 0.9;
const MOST_RATE = 1.1;
/** Steps of light, of the 2 from dark to bright, that are edges. */
const LEAST_EDGE = 1.2;
/** Errors of more than this part of a symbol are none. */
const MOST_ERROR = 0.4;
/** Light further out than this tells its level, while there may be a third. */
const OUTER = 0.6;
/** Levels are followed so fast, of their error a second, and so much of it a symbol at most. */
const FOLLOW_HZ = 14;
const MOST_FOLLOW = 0.3;
/** Symbols without a frame before the clock stops, when its edges say that it runs badly, or well; and without an edge before another one may take its place. */
const PATIENCE = 160;
const MOST_PATIENCE = 2000;
const MOST_RUN = 16;
const SILENCE_S = 0.7;
/** So may it when the mean error of its edges is more than this part of a symbol; what a clock begins with; and how fast that is learnt. */
const MISFIT = 0.15;
const FIRST_MISFIT = 0.2;
const LEARN = 0.125;

export class Clock {
  running: boolean;
  readonly symbols: Symbols;
  /** In samples: length of a symbol. */
  unit: number;
  _hz: number;
  _native: Native;
  _kernel!: Float32Array;
  /** Where the next symbol's middle is in the window. */
  _next: number;
  /** Its unit when it began: no sender strays far from that. */
  _first: number;
  _middle!: number;
  _half!: number;
  _light!: number;
  _ternary!: boolean;
  _misfit!: number;
  _run!: number;
  /** So many symbols without an edge end everything. */
  _longest!: number;
  /** How fast levels are followed, by the symbol. */
  _follow!: number;
  /** Light further out than this tells its level. */
  _least!: number;

  constructor(sampleHz: number, native: Native, symbols: Symbols) {
    this._hz = sampleHz;
    this._native = native;
    this.symbols = symbols;
    this.running = false;
    this.unit = this._first = this._next = 1;
  }

  stop(): void {
    this.running = false;
    this.symbols.restart();
  }

  /** It runs, and its edges say that it runs well. */
  fits(): boolean {
    return this.running && this._misfit < MISFIT && this._run < MOST_RUN;
  }

  /** The window moves on by so many samples. */
  shift(count: number): void {
    this._next -= count;
  }

  /** `next`: middle of the symbol behind the edge that was just seen. Ternary comes from slow light only. */
  start(kernel: Float32Array, unit: number, next: number, dark: number, bright: number, slow: boolean): void {
    this.running = true;
    this._kernel = kernel;
    this.unit = this._first = unit;
    this._next = next;
    this._middle = (dark + bright) / 2;
    this._half = (bright - dark) / 2;
    this._light = 0;
    this._ternary = slow;
    this._misfit = FIRST_MISFIT;
    this._run = 0;
    this._longest = (SILENCE_S * this._hz) / unit;
    this._follow = Math.min(MOST_FOLLOW, (unit / this._hz) * FOLLOW_HZ);
    this._least = slow ? OUTER : 0;
    this.symbols.restart();
  }

  /** Reads the symbols that lie in the window whole. */
  run(window: Uint8Array, end: number): void {
    const convolve = this._native.convolve;
    const kernel = this._kernel;
    const half = kernel.length / 2;
    const symbols = this.symbols;
    const last = end - half;
    let next = this._next;
    let before = this._light;
    while (next <= last) {
      const value = convolve(kernel, window, Math.round(next - half)) - this._middle;
      const light = value / this._half;
      const change = light - before;
      before = light;
      this._run++;
      if (change > LEAST_EDGE) next += this._pull(window, next - this.unit / 2, 1);
      else if (change < -LEAST_EDGE) next += this._pull(window, next - this.unit / 2, -1);
      if (light > this._least) {
        const off = (value - this._half) * this._follow;
        this._middle += off;
        this._half += off;
      } else if (light < -this._least) {
        const off = (value + this._half) * this._follow;
        this._middle += off;
        this._half -= off;
      }
      symbols.push(light);
      if (this._ternary) this._third(light);
      next += this.unit;
      if (this._run > this._longest) {
        // The light is gone: what is missing is not darkness that was sent.
        this.stop();
        break;
      }
    }
    this._next = next;
    this._light = before;
    if (symbols.idle > PATIENCE && (symbols.idle > MOST_PATIENCE || !this.fits())) this.running = false;
  }

  /** Slow light may have a third level, until a frame of two makes sense. */
  _third(light: number): void {
    if (this.symbols.twoLevel) {
      this._ternary = false;
      this._least = 0;
    } else this.symbols.pushTernary(light);
  }

  /** The samples around an edge: how far from the middle of its light is its time. Returns what the clock is to be set on by. */
  _pull(window: Uint8Array, edge: number, rises: number): number {
    const length = this._kernel.length;
    const from = Math.round(edge - length / 2);
    if (from < 0) return 0;
    const off = (this._native.convolve(this._kernel, window, from) - this._middle) / this._half;
    const error = from + length / 2 - edge - (rises * off * length) / 2;
    const part = Math.abs(error) / this.unit;
    this._run = 0;
    this._misfit += (part - this._misfit) * LEARN;
    if (part > MOST_ERROR) return 0;
    const rate = this.unit + error * RATE_GAIN;
    if (rate > this._first * LEAST_RATE && rate < this._first * MOST_RATE) this.unit = rate;
    return error * PHASE_GAIN;
  }
}
