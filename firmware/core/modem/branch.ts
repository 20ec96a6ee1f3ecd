// SPDX-License-Identifier: Apache-2.0
// Samples to runs, and to symbols on a clock, behind a filter that fits the symbols: one branch for slow light, one for fast.
//
// Slow, symbols of 12.5 ms and more: about 300 values a second through five taps with zeros at 100 and 120 Hz, so that mains lamps
// leave nothing, and nearly matched to a symbol at 60 a second. Fast: the mean of 7 ms. Filtered before it is looked at, a preamble is
// found nearly as deep in noise as its frame can be read. An edge is a turn: the light has left its last extreme by nearly half the
// preamble's swing, wherever the room's own light went meanwhile. From a start on each symbol is read where it is fullest, and every
// edge pulls that clock.
import type { Frame } from "./frame.js";
import { CLOCKED_FRAMES, FRAMES } from "./frame.js";
import { Preamble } from "./preamble.js";
import { StartPulses } from "./start-pulses.js";
import { Waveform } from "./waveform.js";

const SLOW_HZ = 300;
const FAST_HZ = 142;
/** Symbols of this length and more are the slow branch's. */
const SLOWEST_FAST_SYMBOL_S = 0.0125;
const SHORTEST_SYMBOL_S = 0.0055;
const LONGEST_SYMBOL_S = 0.075;
/** From an edge to the first sample where the symbol behind it is fullest: half a symbol, and this. */
const AIM = 0.25;
/** Edges of burst and bi-level pull the clock by so much. */
const CLOCK_GAIN = 0.25;
/** A turn is so much of the swing; while the swing is only the block's, which noise widens, less. */
const TURN = 0.45;
const UNSURE_TURN = 0.25;
/** Runs whose extremes agree, before the levels are believed; and how many then hold them. */
const LOCKED = 5;
const MOST_TRUST = 8;
/** Extremes of one level differ by less than this part of the swing, squared. */
const NEAR = 0.0225;
/** A run is not known better than this squared. */
const RUN_SLACK = 1.1;
/** After so long a run nothing is under way. */
const SILENCE_S = 0.7;
/** Outputs from an edge until the filter has settled and the one two before is summed. */
const SETTLING = 6;

/** Which sides of the light stay at one level, which is followed wherever it goes. */
const enum Steady {
  Neither = 0,
  Dark = 1,
  Lit = 2,
  Both = 3,
}

/** Samples that the fast branch takes the mean of. */
export function meanLength(sampleHz: number): number {
  return Math.max(1, Math.round(sampleHz / FAST_HZ));
}

export class Branch {
  readonly preamble: Preamble;
  /** Counters. */
  edges: number;
  starts: number;
  _frames: Frame[];
  _slow: boolean;
  _every: number;
  _near: number;
  _mid: number;
  _gain: number;
  _length: number;
  _rate: number;
  _litPulses: StartPulses;
  _darkPulses: StartPulses;
  // Filter.
  _sum!: number;
  _phase!: number;
  _p1!: number;
  _p2!: number;
  _p3!: number;
  _p4!: number;
  _value!: number;
  // Slicer: the run began at _from, in outputs since the block began.
  _lit!: boolean;
  _from!: number;
  _extreme!: number;
  _turn!: number;
  /** Extreme of the run before, below zero once it was read. */
  _last!: number;
  /** Values of this run's plateau summed, the one before the last, and from when on they count. */
  _plateau!: number;
  _older!: number;
  _counts!: number;
  // Levels.
  _dark!: number;
  _bright!: number;
  _swing!: number;
  _trust!: number;
  _ease!: number;
  _steady!: Steady;

  constructor(sampleHz: number, slow: boolean, frames: Frame[]) {
    const every = slow ? Math.max(1, Math.round(sampleHz / SLOW_HZ)) : 1;
    const rate = sampleHz / every;
    const near = -2 * Math.cos((200 * Math.PI) / rate);
    const far = -2 * Math.cos((240 * Math.PI) / rate);
    this.preamble = new Preamble(RUN_SLACK);
    this.edges = this.starts = 0;
    this._frames = frames;
    this._slow = slow;
    this._every = every;
    this._rate = rate;
    this._near = near + far;
    this._mid = 2 + near * far;
    this._length = meanLength(sampleHz);
    this._gain = slow ? every * (4 + 2 * (near + far) + near * far) : this._length;
    this._litPulses = new StartPulses();
    this._darkPulses = new StartPulses();
    this.reset(0);
  }

  /** Nothing is known but the light now. */
  reset(sample: number): void {
    const value = sample * this._gain;
    this._sum = this._phase = 0;
    this._p1 = this._p2 = this._p3 = this._p4 = sample * this._every;
    this._value = this._extreme = this._dark = this._bright = value;
    this._older = value;
    this._last = -1;
    this._ease = 0.25;
    this._plateau = this._counts = 0;
    this._lit = false;
    this._from = 0;
    this._swing = 1;
    this._trust = 0;
    this._turn = 1;
    this._steady = Steady.Neither;
    this.preamble.forget();
  }

  /** A frame is under way here. */
  active(): boolean {
    for (let i = 0; i < FRAMES; i++) if ((this._frames[i] as Frame).isSlicing(this._slow)) return true;
    return false;
  }

  /** A frame here leaves the other branch nothing to look for. */
  owns(): boolean {
    for (let i = 0; i < FRAMES; i++) if ((this._frames[i] as Frame).isSure(this._slow)) return true;
    return false;
  }

  /** Samples from an offset on, behind as many earlier ones as the fast mean is long, and how far they are apart. */
  feed(samples: Uint8Array, from: number, count: number, range: number): void {
    if (this._trust < LOCKED && !this.active()) this._turn = range * this._gain * UNSURE_TURN;
    const slow = this._slow;
    const every = this._every;
    const near = this._near;
    const mid = this._mid;
    const length = this._length;
    const end = from + count;
    let sum = this._sum;
    let phase = this._phase;
    let p1 = this._p1;
    let p2 = this._p2;
    let p3 = this._p3;
    let p4 = this._p4;
    let value = this._value;
    let lit = this._lit;
    let extreme = this._extreme;
    let edge = extreme + (lit ? -this._turn : this._turn);
    let plateau = this._plateau;
    let older = this._older;
    let counts = this._counts;
    let next = this._next();
    let n = 0;
    for (let i = from; i < end; i++) {
      const last = value;
      if (slow) {
        sum += samples[i] as number;
        if (++phase < every) continue;
        value = sum + p4 + near * (p1 + p3) + mid * p2;
        p4 = p3;
        p3 = p2;
        p2 = p1;
        p1 = sum;
        sum = phase = 0;
      } else value += (samples[i] as number) - (samples[i - length] as number);
      if (lit ? value > extreme : value < extreme) {
        edge += value - extreme;
        extreme = value;
      } else if (lit ? value < edge : value > edge) {
        // A long run's level is its plateau's mean, a short one's its extreme.
        const settled = n - counts;
        this._endRun(lit, n - (value - edge) / (value - last), settled > 1 ? plateau / settled : extreme);
        lit = !lit;
        extreme = value;
        plateau = 0;
        counts = n + SETTLING;
        edge = value + (lit ? -this._turn : this._turn);
        next = this._next();
      }
      if (n >= counts) plateau += older;
      older = last;
      if (n >= next) next = this._read(n, value, last);
      n++;
    }
    this._sum = sum;
    this._phase = phase;
    this._p1 = p1;
    this._p2 = p2;
    this._p3 = p3;
    this._p4 = p4;
    this._value = value;
    this._lit = lit;
    this._extreme = extreme;
    this._plateau = plateau;
    this._older = older;
    this._counts = counts - n;
    this._endBlock(n);
  }

  _next(): number {
    let next = Infinity;
    for (let i = CLOCKED_FRAMES; i < FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (frame.slow === this._slow && frame.next < next) next = frame.next;
    }
    return next;
  }

  _endBlock(n: number): void {
    this._from -= n;
    if (this._from < -SETTLING && this._slow && this._last >= 0) this._flush();
    for (let i = CLOCKED_FRAMES; i < FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (frame.slow === this._slow) frame.next -= n;
    }
    if (-this._from < SILENCE_S * this._rate) return;
    this._trust = 0;
    this.preamble.forget();
    if (this._slow) for (let i = 0; i < CLOCKED_FRAMES; i++) (this._frames[i] as Frame).abandon();
  }

  /** A frame's last pulse: what follows may be black for long, and this much of it is black enough. */
  _flush(): void {
    for (let i = 0; i < CLOCKED_FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (!frame.waveform || frame.inverted !== this._lit) continue;
      this._pulse(!this._lit, this._lit ? this._bright : this._dark, this._extreme);
      this._last = -1;
      return;
    }
  }

  /** Symbols that are due. */
  _read(n: number, value: number, last: number): number {
    const middle = (this._bright + this._dark) / 2;
    for (let i = CLOCKED_FRAMES; i < FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (frame.slow !== this._slow || n < frame.next) continue;
      const then = value - (value - last) * (n - frame.next);
      frame.next += frame.unit;
      frame.symbol(then, middle, middle - this._dark);
    }
    return this._next();
  }

  _endRun(lit: boolean, time: number, extreme: number): void {
    const length = time - this._from;
    this._from = time;
    this.edges++;
    const before = lit ? this._bright : this._dark;
    this._follow(lit, extreme);
    // The run before was a pulse over what was black on both its sides.
    if (this._slow) this._pulse(!lit, before, lit ? this._bright : this._dark);
    this._last = extreme;
    for (let i = CLOCKED_FRAMES; i < FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (frame.slow === this._slow && frame.waveform) frame.edge(time + frame.unit / 2 + AIM, CLOCK_GAIN);
    }
    if (this.preamble.push(lit, length)) this._begin(lit, time);
  }

  /** Tri-level, either way up: the last run over the black before and behind it, which the other side of the light is. */
  _pulse(lit: boolean, before: number, behind: number): void {
    if (this._last < 0) return;
    const black = (before + behind) / 2;
    const height = lit ? this._last - black : black - this._last;
    for (let i = 0; i < CLOCKED_FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      if (frame.waveform && frame.inverted !== lit) frame.pulse(height, behind - before);
    }
    const pulses = lit ? this._litPulses : this._darkPulses;
    if (!pulses.push(height)) return;
    const frame = this._open(0);
    frame.start(Waveform.TriLevel, !lit, 1, Infinity);
    frame.skipStartByte(pulses.grey, pulses.white);
    this._swing = pulses.grey;
    this._turn = pulses.grey * TURN;
    this._steady = lit ? Steady.Dark : Steady.Lit;
  }

  /** Levels after a run's extreme; a far one is another level, or another light. */
  _follow(lit: boolean, extreme: number): void {
    const active = this.active();
    const off = extreme - (lit ? this._bright : this._dark);
    const near = off * off < this._swing * this._swing * NEAR;
    const steady = active && this._steady & (lit ? Steady.Lit : Steady.Dark);
    if (near || steady || this._trust < LOCKED) {
      const step = near ? off * this._ease : off;
      if (lit) this._bright += step;
      else this._dark += step;
      if (!active) this._swing = this._bright - this._dark;
    }
    if (active) return;
    if (near) this._trust = Math.min(MOST_TRUST, this._trust + 1);
    else this._trust = Math.max(0, this._trust - 2);
    if (this._trust >= LOCKED) this._turn = this._swing * TURN;
  }

  _begin(lit: boolean, time: number): void {
    const preamble = this.preamble;
    const waveform = preamble.waveform;
    const searching = waveform === Waveform.Ternary;
    const symbol = searching ? preamble.frame : preamble.unit;
    const symbolS = symbol / this._rate;
    const fits = this._slow ? symbolS >= SLOWEST_FAST_SYMBOL_S : symbolS < SLOWEST_FAST_SYMBOL_S;
    if (!fits || symbolS > LONGEST_SYMBOL_S || symbolS < SHORTEST_SYMBOL_S) return;
    if (searching && (!this._slow || (this._frames[CLOCKED_FRAMES] as Frame).waveform || this.active())) return;
    this._steady = (this.active() ? this._steady : Steady.Neither) | (searching ? Steady.Neither : Steady.Both);
    const frame = this._open(CLOCKED_FRAMES);
    frame.start(waveform, preamble.inverted, symbol, time + symbol / 2 + AIM);
    if (searching) frame.from(lit ? 2 : 0, this._dark, this._bright);
    else this.starts++;
  }

  /** Of two: one that is free, or looks for ternary's word; else the second. */
  _open(first: number): Frame {
    const frame = this._frames[first] as Frame;
    const free = !frame.status && (!frame.waveform || frame.isSearching());
    const opened = free ? frame : (this._frames[first + 1] as Frame);
    opened.slow = this._slow;
    return opened;
  }
}
