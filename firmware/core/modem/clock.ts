// SPDX-License-Identifier: Apache-2.0
// Samples to symbols on a clock: each symbol is one native product over its middle, and one over its beginning tells, where the light
// changes, how early or late the clock is. Nothing is done between.
import { BYTE_SYMBOLS, ByteReader } from "./byte-reader.js";
import type { Native } from "./native.js";
import type { Symbols } from "./symbols.js";

/** How much of an edge's error the clock takes on, and its rate. */
const PHASE_GAIN = 0.4;
const RATE_GAIN = 0.012;
const LEAST_RATE = 0.9;
const MOST_RATE = 1.1;
/** Light before and behind it, each from -1 to 1, has a product below this at an edge; where there may be grey, or is, which tells no time. */
const LEAST_EDGE = -0.05;
const LEAST_TERNARY_EDGE = -0.25;
const LEAST_OUTER_EDGE = -0.4;
/** A greater error, of a symbol, is another light's: the room's, when it jumps. */
const MOST_ERROR = 0.55;
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
  readonly bytes: ByteReader;
  /** In samples: length of a symbol. */
  unit: number;
  _hz: number;
  _native: Native;
  _kernel!: Float32Array;
  /** Where the kernel goes for the next symbol: so long before its middle; half a sample less, so that cutting off rounds. */
  _at: number;
  _reach!: number;
  /** Its unit when it began: no sender strays far from that. */
  _first: number;
  _middle!: number;
  _half!: number;
  _light!: number;
  _ternary!: boolean;
  _misfit!: number;
  /** Where the last edge was. */
  _edgeAt!: number;
  /** How fast levels are followed, by the symbol. */
  _follow!: number;
  /** Light further out than this tells its level. */
  _least!: number;
  /** Of a frame's byte under way: where its next symbol goes, and a bit for each that is there. */
  _place!: number;
  _lit!: number;

  constructor(sampleHz: number, native: Native, symbols: Symbols) {
    this._hz = sampleHz;
    this._native = native;
    this.symbols = symbols;
    this.bytes = new ByteReader(symbols);
    this.running = false;
    this.unit = this._first = this._at = 1;
  }

  /** @hot */
  stop(): void {
    this.running = false;
    this.symbols.restart();
  }

  /** It runs, and its edges say that it runs well. */
  fits(): boolean {
    return this.running && this._misfit < MISFIT && this._at - this._edgeAt < MOST_RUN * this.unit;
  }

  /** The window moves on by so many samples. @hot */
  shift(count: number): void {
    this._at -= count;
    this._edgeAt -= count;
  }

  /** `next`: middle of the symbol behind the edge that was just seen. */
  start(kernel: Float32Array, unit: number, next: number, dark: number, bright: number, ternary: boolean): void {
    this.running = true;
    this._kernel = kernel;
    this.unit = this._first = unit;
    this._reach = kernel.length / 2 - 0.5;
    this._at = this._edgeAt = next - this._reach;
    this._place = this._lit = 0;
    this._middle = (dark + bright) / 2;
    this._half = (bright - dark) / 2;
    this._light = 0;
    this._ternary = ternary;
    this._misfit = FIRST_MISFIT;
    this._follow = Math.min(MOST_FOLLOW, (unit / this._hz) * FOLLOW_HZ);
    this._least = ternary ? OUTER : 0;
    this.symbols.restart();
  }

  /** Reads the symbols that lie in the window whole. */
  run(window: Uint8Array, end: number): void {
    const symbols = this.symbols;
    const last = end - this._kernel.length / 2 - this._reach;
    while (this._at <= last) {
      if (symbols.whole) this._runBytes(window, last);
      else this._runSymbols(window, last);
    }
    // The light is gone: what is missing is not darkness that was sent.
    if (this._at - this._edgeAt > SILENCE_S * this._hz) this.stop();
    else if (symbols.idle > PATIENCE && (symbols.idle > MOST_PATIENCE || !this.fits())) this.running = false;
    if (!symbols.twoLevel) return;
    this._ternary = false;
    this._least = 0;
  }

  /** What is skipped costs nearly what is done: edges stand apart. */
  _runSymbols(window: Uint8Array, last: number): void {
    const convolve = this._native.convolve;
    const kernel = this._kernel;
    const symbols = this.symbols;
    const ternary = this._ternary;
    const leastEdge = symbols.threeLevel ? LEAST_OUTER_EDGE : ternary ? LEAST_TERNARY_EDGE : LEAST_EDGE;
    const least = this._least;
    const follow = this._follow;
    let middle = this._middle;
    let half = this._half;
    let at = this._at;
    let before = this._light;
    while (at <= last && !symbols.whole) {
      const value = convolve(kernel, window, at | 0) - middle;
      const light = value / half;
      if (light * before < leastEdge) at += this._edge(window, at, middle, light > 0 ? half : -half);
      before = light;
      if (light > least) {
        const off = (value - half) * follow;
        middle += off;
        half += off;
      } else if (light < -least) {
        const off = (value + half) * follow;
        middle += off;
        half -= off;
      }
      // Slow light may be of two levels or of three.
      if (!ternary || !symbols.threeLevel) symbols.push(light);
      if (ternary) symbols.pushTernary(light);
      at += this.unit;
    }
    this._at = at;
    this._light = before;
    this._middle = middle;
    this._half = half;
  }

  /** The same while one frame of two levels makes sense: its symbols wait until they are a byte, and its edges are read in place. */
  _runBytes(window: Uint8Array, last: number): void {
    const convolve = this._native.convolve;
    const kernel = this._kernel;
    const bytes = this.bytes;
    const byte = bytes.light;
    const follow = this._follow;
    let at = this._at;
    let unit = this.unit;
    let before = this._light;
    let middle = this._middle;
    let half = this._half;
    let lit = this._lit;
    const symbols = this.symbols;
    const first = bytes.first();
    let place = this._place || first;
    while (at <= last) {
      const value = convolve(kernel, window, at | 0) - middle;
      const light = value / half;
      const edge = at - unit / 2;
      if (light * before < LEAST_EDGE && edge >= 0) {
        const off = (convolve(kernel, window, edge | 0) - middle) / (light > 0 ? half : -half);
        const late = (edge | 0) + 0.5 - edge - off * this._reach;
        this._edgeAt = at;
        if (late < unit * MOST_ERROR && late > unit * -MOST_ERROR) {
          unit += late * RATE_GAIN;
          at += late * PHASE_GAIN;
        }
      }
      const off = (light > 0 ? value - half : value + half) * follow;
      middle += off;
      half += light > 0 ? off : -off;
      before = light;
      lit += lit + (light > 0 ? 1 : 0);
      byte[place++] = light;
      at += unit;
      if (place < BYTE_SYMBOLS) continue;
      bytes.readByte(lit);
      lit = 0;
      place = first;
      if (symbols.whole) continue;
      place = 0;
      break;
    }
    if (unit > this._first * LEAST_RATE && unit < this._first * MOST_RATE) this.unit = unit;
    this._at = at;
    this._light = before;
    this._middle = middle;
    this._half = half;
    this._lit = lit;
    this._place = place;
  }

  /** Behind an edge to `half` over the middle. Returns what the clock is to be set on by: how far from the middle of its light is its time. @hot */
  _edge(window: Uint8Array, at: number, middle: number, half: number): number {
    this._edgeAt = at;
    const unit = this.unit;
    const edge = at - unit / 2;
    if (edge < 0) return 0;
    const kernel = this._kernel;
    const off = (this._native.convolve(kernel, window, edge | 0) - middle) / half;
    const late = (edge | 0) + 0.5 - edge - (off * kernel.length) / 2;
    const part = (late < 0 ? -late : late) / unit;
    this._misfit += (part - this._misfit) * LEARN;
    if (part > MOST_ERROR) return 0;
    const rate = unit + late * RATE_GAIN;
    if (rate > this._first * LEAST_RATE && rate < this._first * MOST_RATE) this.unit = rate;
    return late * PHASE_GAIN;
  }
}
