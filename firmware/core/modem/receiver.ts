// SPDX-License-Identifier: Apache-2.0
// Samples to frames, told nothing but the sampling rate: waveform, rate and polarity are found from the preamble.
//
//   samples - slicer - pulses - frame        tri-level: black between pulses is its clock
//   samples - slicer - preamble, then samples - clock - symbols - frame        bi-level, burst, ternary
//
// There are two slicers: one for slow light, deaf to lamps, and one for fast light, which only looks when there is some.
import { Clock } from "./clock.js";
import { BURST_HEADER_BYTES } from "./burst-frame.js";
import { DecodeStatus } from "./decode-status.js";
import type { Frame } from "./frame.js";
import { fastKernel, meanKernel, PROBE_GAIN, probeKernel, slowKernel, slowStep } from "./kernels.js";
import { ConditionMeter, LightCondition } from "./light-condition.js";
import type { Native } from "./native.js";
import { Pulses } from "./pulses.js";
import { Repeats } from "./repeats.js";
import { Slicer } from "./slicer.js";
import { Symbols } from "./symbols.js";
import { Waveform } from "./waveform.js";

/** Fainter swings, of 255, are noise: 3 % of full scale. */
const FAINTEST_SWING = 8;
const MOST_SAMPLES = 256;
/** So long without a swing, and nothing is under way: longer than a symbol. */
const STILL_S = 0.15;
/** Symbols of this length and more are slow; from the next on they are read over all their length. */
const SLOW_SYMBOL_S = 0.0125;
const LONG_SYMBOL_S = 0.02;
/** Ternary's are a screen's frames, at 50 Hz the longest. */
const TERNARY_SYMBOL_S = 0.0225;
const LEAST_SYMBOL_S = 0.0055;
const MOST_SYMBOL_S = 0.075;
/** Earlier samples that are kept: a symbol and a half of the slowest waveforms on a clock. */
const KEPT_S = 0.075;
/** After so long a run nothing is under way; after the shorter one a pulse's black is known. */
const SILENCE_S = 0.7;
const FLUSH_S = 0.02;
/** Fast light's wave, of what samples are apart: less is none. */
const LEAST_WAVE = 0.1;
/** A clock that finds nothing gives way to one of a rate that differs by so much. */
const OTHER_RATE = 0.03;

export class Receiver {
  /** A frame may be under way; and so much of one made sense that it is. Noise begins frames too, and ends them soon. */
  receiving: boolean;
  sure: boolean;
  /** Type-length-value entries of the last complete frame, as on the air; a view that the next frame overwrites. */
  entries: Uint8Array;
  entriesLength: number;
  waveform: Waveform;
  /** What is wrong with the light, if anything. */
  condition: LightCondition;
  /** Counters of the last gate; slicers count edges, pulses and symbols starts. */
  refused: number;
  complete: number;
  readonly slow: Slicer;
  readonly fast: Slicer;
  readonly pulses: Pulses;
  readonly symbols: Symbols;
  readonly clock: Clock;
  _repeats: Repeats;
  _meter: ConditionMeter;
  _frames: Frame[];
  _hz: number;
  /** The block, behind the last samples of those before. */
  _window: Uint8Array;
  _kept: number;
  /** Its end, which the next block's beginning is, for blocks of one size. */
  _tail: Uint8Array;
  _native: Native;
  _sine: Int8Array;
  _cosine: Int8Array;
  /** How far the samples of the last block that was looked at are apart. */
  _range: number;
  /** Samples since light last moved. */
  _still: number;
  /** Which slicers saw the block before. */
  _slowFollows: boolean;
  _fastFollows: boolean;
  _clockIsFast: boolean;

  constructor(sampleHz: number, native: Native) {
    this._hz = sampleHz;
    this._kept = Math.ceil(KEPT_S * sampleHz);
    this._window = new Uint8Array(this._kept + MOST_SAMPLES);
    this._tail = this._window;
    this._native = native;
    this._sine = probeKernel(sampleHz, Math.PI / 2);
    this._cosine = probeKernel(sampleHz, 0);
    this._repeats = new Repeats(native);
    this.pulses = new Pulses(this._repeats);
    this.symbols = new Symbols(this._repeats);
    this._frames = this.pulses.frames.concat(this.symbols.frames);
    this.clock = new Clock(sampleHz, native, this.symbols);
    this.slow = new Slicer(native, slowKernel(sampleHz), slowStep(sampleHz), this.pulses);
    this.fast = new Slicer(native, fastKernel(sampleHz), 1, undefined);
    this.entries = this._window;
    this.waveform = Waveform.None;
    this.condition = LightCondition.Fine;
    this._meter = new ConditionMeter();
    this._range = this._still = this.entriesLength = this.refused = this.complete = 0;
    this.receiving = this.sure = this._slowFollows = this._fastFollows = this._clockIsFast = false;
  }

  /** One block of at most 256 samples, 0 to 255, brighter is higher. @hot */
  feed(samples: Uint8Array, count: number): DecodeStatus {
    const block = (count === samples.length ? samples : samples.subarray(0, count)) as unknown as number[];
    const window = this._window;
    const kept = this._kept;
    const end = kept + count;
    window.set(block as unknown as Uint8Array, kept);
    // Nobody asks what the light is like while a frame of it makes sense.
    if (this.sure) this._receive(end);
    else this._search(block, end);
    this.slow.shift(count);
    this.fast.shift(count);
    this.clock.shift(count);
    if (this._tail.byteOffset !== count) this._tail = window.subarray(count, count + kept);
    window.set(this._tail);
    const status = this._collect();
    this.sure = !!this.symbols.settled || this.pulses.sure || this.symbols.hasSureFrame();
    this.receiving = this.sure || this.pulses.active || this.symbols.hasFrame();
    return status;
  }

  /** @hot */
  _search(block: number[], end: number): void {
    const least = Math.min.apply(null, block);
    const greatest = Math.max.apply(null, block);
    const edges = this.slow.edges;
    this._range = greatest - least;
    this._still = this._range < FAINTEST_SWING ? this._still + end - this._kept : 0;
    const quiet = this._still > STILL_S * this._hz && !this.receiving && !this.clock.running;
    if (quiet) this._slowFollows = this._fastFollows = false;
    else this._receive(end);
    // What moves without an edge of slow light or a wave of fast light is lamps.
    const moves = !quiet && !this.pulses.active && !this.symbols.hasFrame();
    this._meter.push(least, greatest, moves && !this._fastFollows && edges === this.slow.edges);
    this.condition = this._meter.condition;
  }

  /** @hot */
  _receive(end: number): void {
    const range = this._range;
    const window = this._window;
    const clock = this.clock;
    const start = this._kept;
    // A clock of fast light that runs well finds its start word alone; slow light's may be tri-level's preamble.
    if (clock.running && (this.symbols.settled || this.symbols.hasSureFrame() || (this._clockIsFast && clock.fits()))) {
      this._slowFollows = this._fastFollows = false;
      clock.run(window, end);
      return;
    }
    if (!this._slowFollows) this.slow.startAt(window[start] as number, start);
    this._slowFollows = true;
    this.slow.run(window, end, range);
    const runS = this.slow.runTo(end) / this._hz;
    if (runS > FLUSH_S) this.slow.endRun();
    if (runS > SILENCE_S) this.pulses.abandon();
    if (this.pulses.sure) {
      clock.stop();
      this._fastFollows = false;
      return;
    }
    // What it makes of this block tells whether it may stay.
    if (clock.running) clock.run(window, end);
    this._startClock(this.slow, true);
    if (!this._hasFastLight(end, range)) {
      this._fastFollows = false;
      if (clock.running) clock.run(window, end);
      return;
    }
    if (!this._fastFollows) this.fast.startAt(window[start] as number, start);
    this._fastFollows = true;
    this.fast.run(window, end, range);
    this._startClock(this.fast, false);
    if (clock.running) clock.run(window, end);
  }

  /** In either half of the block; lamps, noise and slow light have none. */
  _hasFastLight(end: number, range: number): boolean {
    const length = this._sine.length;
    const start = this._kept;
    const behind = end - length;
    const least = range * LEAST_WAVE * PROBE_GAIN * length;
    return this._wave(behind) > least || (behind > start && this._wave(start) > least);
  }

  _wave(from: number): number {
    const convolve = this._native.convolve;
    const sine = convolve(this._sine, this._window, from);
    const cosine = convolve(this._cosine, this._window, from);
    return Math.sqrt(sine * sine + cosine * cosine);
  }

  /** From a slicer whose preamble is sure, unless a clock of that rate runs. */
  _startClock(slicer: Slicer, slow: boolean): void {
    const time = slicer.lockedAt;
    const clock = this.clock;
    const unit = slicer.unit;
    const unitS = unit / this._hz;
    if (time < 0 || this.symbols.hasFrame() || slow !== unitS >= SLOW_SYMBOL_S) return;
    if (unitS < LEAST_SYMBOL_S || unitS > MOST_SYMBOL_S) return;
    if (clock.fits() || (clock.running && Math.abs(clock.unit - unit) < unit * OTHER_RATE)) return;
    this._clockIsFast = !slow;
    const kernel = unitS < LONG_SYMBOL_S ? slicer.kernel : meanKernel(Math.round(unit));
    clock.start(kernel, unit, time + unit / 2, slicer.dark, slicer.bright, slow && unitS < TERNARY_SYMBOL_S);
  }

  /** What frames came to; a complete one ends all. @hot */
  _collect(): DecodeStatus {
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < 4; i++) {
      const frame = this._frames[i] as Frame;
      const status = frame.status;
      if (!status) continue;
      frame.status = DecodeStatus.Pending;
      if (status === DecodeStatus.Complete) this._take(frame);
      else this.refused++;
      if (verdict !== DecodeStatus.Complete) verdict = status;
    }
    if (verdict === DecodeStatus.Complete) {
      this.pulses.abandon();
      this.clock.stop();
    }
    return verdict;
  }

  _take(frame: Frame): void {
    const from = frame.ended === Waveform.BiLevel || frame.ended === Waveform.TriLevel ? 2 : BURST_HEADER_BYTES;
    this.complete++;
    this.waveform = frame.ended;
    this.entriesLength = frame.bytes[1] as number;
    this.entries = frame.bytes.subarray(from, from + this.entriesLength);
    this._repeats.forget();
  }
}
