// SPDX-License-Identifier: Apache-2.0
// Samples to frames, told nothing but the sampling rate: waveform, rate and polarity are found from the preamble.
//
// samples - branch (filter, slicer) - runs - preamble - frame (symbols or pulses, bits, bytes) - entries. The hunt for a start goes on
// within a frame, into the second one, so a start that was none costs nothing.
import { Branch, meanLength } from "./branch.js";
import { DecodeStatus } from "./decode-status.js";
import { BURST_HEADER_BYTES } from "./burst-frame.js";
import { Frame, FRAMES } from "./frame.js";
import { Repeats } from "./repeats.js";
import { Waveform } from "./waveform.js";

/** Fainter swings, of 255, are noise: 3 % of full scale. */
const FAINTEST_SWING = 8;
const MOST_SAMPLES = 256;

export class Receiver {
  /** A frame is under way. */
  receiving: boolean;
  /** Type-length-value entries of the last complete frame, as on the air; a view that the next frame overwrites. */
  entries: Uint8Array;
  entriesLength: number;
  waveform: Waveform;
  /** Counters at the last gates; branches count edges and starts. */
  refused: number;
  complete: number;
  readonly slow: Branch;
  readonly fast: Branch;
  _frames: Frame[];
  _repeats: Repeats;
  /** The block, behind the last samples of the one before. */
  _window: Uint8Array;
  _before: number;
  /** The branches that saw the block before. */
  _slowFollows: boolean;
  _fastFollows: boolean;

  constructor(sampleHz: number, crc32: (bytes: Uint8Array) => number) {
    this._repeats = new Repeats(crc32);
    this._before = meanLength(sampleHz);
    this._window = new Uint8Array(this._before + MOST_SAMPLES);
    this._frames = [];
    for (let i = 0; i < FRAMES; i++) this._frames.push(new Frame(this._repeats));
    this.slow = new Branch(sampleHz, true, this._frames);
    this.fast = new Branch(sampleHz, false, this._frames);
    this.entries = new Uint8Array(0);
    this.waveform = Waveform.None;
    this.entriesLength = this.refused = this.complete = 0;
    this.receiving = this._slowFollows = this._fastFollows = false;
  }

  /** One block of at most 256 samples, 0 to 255, brighter is higher. */
  feed(samples: Uint8Array, count: number): DecodeStatus {
    const block = (count === samples.length ? samples : samples.subarray(0, count)) as unknown as number[];
    const least = Math.min.apply(null, block);
    const greatest = Math.max.apply(null, block);
    const range = greatest - least;
    const window = this._window;
    window.set(block as unknown as Uint8Array, this._before);
    const slow = this.slow;
    const fast = this.fast;
    const quiet = range < FAINTEST_SWING && !this.receiving;
    // A frame is one branch's alone.
    const feedsSlow = !quiet && !fast.owns();
    if (feedsSlow) this._feed(slow, this._slowFollows, count, range);
    const feedsFast = !quiet && !slow.owns();
    if (feedsFast) this._feed(fast, this._fastFollows, count, range);
    this._slowFollows = feedsSlow;
    this._fastFollows = feedsFast;
    for (let i = 0; i < this._before; i++) window[i] = window[i + count] as number;
    const status = this._collect();
    this.receiving = slow.active() || fast.active();
    return status;
  }

  _feed(branch: Branch, follows: boolean, count: number, range: number): void {
    const window = this._window;
    const from = this._before;
    if (!follows) {
      // As if the light had always been as it is now.
      if (branch === this.fast) window.fill(window[from] as number, 0, from);
      branch.reset(window[from] as number);
    }
    branch.feed(window, from, count, range);
  }

  /** What frames came to; a complete one ends all. */
  _collect(): DecodeStatus {
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < FRAMES; i++) {
      const frame = this._frames[i] as Frame;
      const status = frame.status;
      frame.status = DecodeStatus.Pending;
      if (status === DecodeStatus.Complete) this._take(frame);
      else if (status) this.refused++;
      if (status && verdict !== DecodeStatus.Complete) verdict = status;
    }
    if (verdict === DecodeStatus.Complete) for (let i = 0; i < FRAMES; i++) (this._frames[i] as Frame).abandon();
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
