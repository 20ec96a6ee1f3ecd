// SPDX-License-Identifier: Apache-2.0
// Samples to packets, told nothing but the sampling rate: slicer, pulses, and both waveforms' readings side by side.
//
// Slicer: a level midway between black and the lower lit level, with hysteresis; learnt from the preamble, and black is followed
// from edge to edge, so a room that grows brighter or darker does no harm.
// Tri-level: each lit pulse is a bit, grey 0 and white 1, whatever its length; a run of equal pulses, then brighter ones, is
// the start. Bi-level: runs are counted in symbols; equal runs, then a dark one of two, is the start. The hunt for a start goes on
// within a frame, into a second deframer, so a start that was none costs nothing.
import { DecodeStatus } from "./decode-status.js";
import { Deframer } from "./deframer.js";

/** Fainter swings, of 255, are noise: 3 % of full scale. */
const FAINTEST_SWING = 8;
/** Equal pulses before a start is believed: the shortest preamble has 16 of tri-level, 31 of bi-level. */
const TRI_PREAMBLE_PULSES = 8;
const BI_PREAMBLE_PULSES = 10;
/** White stands so much higher above black than grey does; until a white one was seen. */
const WHITE_OVER_GREY = 1.14;
/** Without an edge for so long, the light is over. */
const SILENCE_S = 0.7;
const START_BITS = 3;
/** Samples; noise makes shorter ones. */
const SHORTEST_PULSE = 3;
/** The lit levels, over black, differ by less than this. */
const WIDEST_LEVELS = 3.5;

export class Receiver {
  /** A frame is under way. */
  receiving!: boolean;
  /** Type-length-value entries of the last complete frame, as on the air; a view that the next frame overwrites. */
  entries: Uint8Array;
  entriesLength: number;
  /** Counters at each gate. */
  edges: number;
  starts: number;
  refused: number;
  complete: number;
  _silence: number;
  _frames: Deframer[];
  _status!: DecodeStatus;
  // Envelope over the last blocks, and the slicer's state.
  _floor!: number;
  _ceiling!: number;
  _lit!: boolean;
  _run!: number;
  _sum!: number;
  _low!: number;
  _high!: number;
  // Levels: black, and how far grey (or the only lit level) and white rise over it.
  _black!: number;
  _grey!: number;
  _white!: number;
  _equal!: number;
  // Bi-level timing, in samples: what the preamble's runs add up to, then time and symbols since.
  _litRun!: number;
  _litSum!: number;
  _darkSum!: number;
  _pairs!: number;
  _bias!: number;
  _time!: number;
  _symbols!: number;

  constructor(sampleHz: number) {
    this._silence = sampleHz * SILENCE_S;
    this._frames = [new Deframer(), new Deframer(), new Deframer(), new Deframer()];
    this.entries = this._frames[0]!.bytes;
    this.entriesLength = 0;
    this.edges = this.starts = this.refused = this.complete = 0;
    this.reset();
  }

  reset(): void {
    this._floor = 255;
    this._ceiling = 0;
    this._abandon();
  }

  /** One block of at most 256 samples, 0 to 255, brighter is higher. */
  feed(samples: Uint8Array, count: number): DecodeStatus {
    const block = (count === samples.length ? samples : samples.subarray(0, count)) as unknown as number[];
    this._status = DecodeStatus.Pending;
    this._track(Math.min.apply(null, block), Math.max.apply(null, block));
    if (this._ceiling - this._floor >= FAINTEST_SWING) this._slice(samples, count);
    else if (this.receiving) this._abandon();
    return this._status;
  }

  /** Follows the light: outwards at once, inwards by an eighth a block. */
  _track(least: number, greatest: number): void {
    const slack = (this._ceiling - this._floor) >> 3;
    this._floor = least < this._floor ? least : Math.min(least, this._floor + slack);
    this._ceiling = greatest > this._ceiling ? greatest : Math.max(greatest, this._ceiling - slack);
    const swing = this._ceiling - this._floor;
    if (!this.receiving && swing > this._grey * WIDEST_LEVELS) this._equal = this._grey = this._white = 0;
    if (!this.receiving && this._equal < 4) this._setSlicer(this._floor, this._ceiling);
  }

  _setSlicer(black: number, lit: number): void {
    const swing = lit - black;
    this._low = black + swing * 0.33;
    this._high = black + swing * 0.67;
  }

  _slice(samples: Uint8Array, count: number): void {
    let lit = this._lit;
    let sum = this._sum;
    let low = this._low;
    let high = this._high;
    let from = -this._run;
    for (let i = 0; i < count; i++) {
      const sample = samples[i] as number;
      if (lit ? sample < low : sample > high) {
        if (lit) this._endLit(i - from, sum);
        else this._endDark(i - from, sum);
        lit = !lit;
        sum = 0;
        from = i;
        low = this._low;
        high = this._high;
      } else sum += sample;
    }
    this._lit = lit;
    this._sum = sum;
    this._run = count - from;
    if (this.receiving) this._waitFor(this._run);
    else if (this._run > this._silence) this._pairs = this._equal = 0;
  }

  /** A dark end closes the last bits; too long a run ends the frame. */
  _waitFor(run: number): void {
    if (!this._lit)
      for (let i = 2; i < 4; i++) {
        const frame = this._frames[i] as Deframer;
        const missing = frame.active ? frame.missing() : 0;
        if (missing && run * this._symbols > (missing + 0.5) * this._time) this._push(2, 0, missing);
      }
    if (run > this._silence && run * this._symbols > 80 * this._time) this._abandon();
  }

  _endLit(run: number, sum: number): void {
    // The first sample of a run is half an edge, and not in the sum.
    const height = sum / (run - 1);
    this.edges++;
    if (run >= SHORTEST_PULSE) this._readTri(height - this._black);
    if ((this._frames[2] as Deframer).active || (this._frames[3] as Deframer).active)
      this._readRun(run - this._bias, 1);
    this._litRun = run;
  }

  _endDark(run: number, sum: number): void {
    const level = run > 1 ? sum / (run - 1) : this._black;
    this._black = this._equal || this.receiving ? this._black + (level - this._black) / 2 : level;
    if (this._equal > 3 || this.receiving) this._setSlicer(this._black, this._black + this._grey);
    if ((this._frames[2] as Deframer).active || (this._frames[3] as Deframer).active)
      this._readRun(run + this._bias, 0);
    this._huntBi(run);
  }

  /** One pulse is one bit. */
  _readTri(rise: number): void {
    const grey = this._grey;
    const known = this._white > grey * WHITE_OVER_GREY;
    const isWhite = grey > 0 && rise > (known ? (grey + this._white) / 2 : grey * WHITE_OVER_GREY);
    if (isWhite && (known || this._equal >= 4)) {
      const equal = this._equal;
      this._white = known ? this._white + (rise - this._white) / 4 : rise;
      this._equal = 0;
      if (equal >= TRI_PREAMBLE_PULSES) this._start(0, 1, START_BITS);
      else this._push(0, 1, 1);
      return;
    }
    if (!isWhite && rise > grey * 0.8) {
      this._grey = grey + (rise - grey) / (this._equal < 4 ? 2 : 8);
      this._equal++;
    } else if (this.receiving) {
      // Noise, or light that moves: the levels of the frame hold.
    } else {
      // Fainter or brighter than any grey so far: begin again from here.
      this._grey = rise;
      this._white = 0;
      this._equal = 1;
    }
    this._push(0, 0, 1);
  }

  /** Equal runs in pairs, then a dark run of two symbols: the preamble has ended and the start byte begins. */
  _huntBi(darkRun: number): void {
    const pairs = this._pairs;
    const pair = this._litRun + darkRun;
    const mean = pairs ? (this._litSum + this._darkSum) / pairs : pair;
    const off = pair - mean;
    if (pairs && off * off <= mean * mean * 0.04 + 2.25) {
      this._pairs++;
      this._litSum += this._litRun;
      this._darkSum += darkRun;
      return;
    }
    if (pairs >= BI_PREAMBLE_PULSES && pair > mean * 1.3 && pair < mean * 1.7) {
      this._bias = (this._litSum - this._darkSum) / (2 * pairs);
      this._time = this._litSum + this._darkSum + pair;
      this._symbols = 2 * pairs + 3;
      this._start(2, 0, 2);
    }
    this._pairs = 1;
    this._litSum = this._litRun;
    this._darkSum = darkRun;
  }

  _readRun(run: number, bit: number): void {
    const symbols = Math.round((run * this._symbols) / this._time);
    if (!symbols) return;
    this._time += run;
    this._symbols += symbols;
    this._push(2, bit, symbols);
  }

  /** Into the first deframer of this waveform that is free, else into the second anew. */
  _start(first: number, byte: number, bits: number): void {
    const frame = this._frames[(this._frames[first] as Deframer).active ? first + 1 : first] as Deframer;
    if (!first) this._push(0, 1, 1);
    frame.start(byte, bits);
    this.starts++;
    this.receiving = true;
  }

  _push(first: number, bit: number, times: number): void {
    for (let i = first; i < first + 2; i++) {
      const frame = this._frames[i] as Deframer;
      for (let n = 0; n < times && frame.active; n++) {
        const status = frame.push(bit);
        if (status) this._end(frame, status);
      }
    }
    if (this.receiving) this.receiving = this._frames.some(isActive);
  }

  _end(frame: Deframer, status: DecodeStatus): void {
    if (this._status !== DecodeStatus.Complete) this._status = status;
    if (status !== DecodeStatus.Complete) {
      this.refused++;
      return;
    }
    this.complete++;
    this.entriesLength = frame.bytes[1] as number;
    this.entries = frame.bytes.subarray(2, 2 + this.entriesLength);
    this._abandon();
  }

  /** Forgets what is under way. */
  _abandon(): void {
    for (let i = 0; i < 4; i++) (this._frames[i] as Deframer).active = false;
    this.receiving = false;
    this._lit = false;
    this._run = this._sum = 0;
    this._black = this._grey = this._white = 0;
    this._equal = this._pairs = 0;
    this._litRun = this._litSum = this._darkSum = 0;
    this._bias = 0;
    this._time = this._symbols = 1;
  }
}

function isActive(frame: Deframer): boolean {
  return frame.active;
}
