// SPDX-License-Identifier: Apache-2.0
// Runs to starts: every two-level waveform begins with equal runs, and what breaks them tells which it is.
//
// A dark run of two symbols is BlinkUp's start byte 0x2A behind 0x55; three lit then three dark is burst's start word, which its
// line code cannot make. The other way round, the light is inverted. A run that fits nothing only halves the trust in the rate:
// one lost edge does not lose the frame.
import { Waveform } from "./waveform.js";

/** Runs that agreed before a break is believed. */
const BI_LEVEL_RUNS = 12;
const BURST_RUNS = 5;
const TERNARY_RUNS = 12;
const MOST_RUNS = 48;
/** Runs of ternary's preamble may last so many frames: screens show some twice. */
const LONGEST_REPEAT = 4;

export class Preamble {
  /** Mean length of two neighbours' half: the unit interval. */
  unit: number;
  /** Length of a screen's frame, for ternary. */
  frame: number;
  /** What the last run began, and whether upside down. */
  waveform: Waveform;
  inverted: boolean;
  _slack: number;
  _runs: number;
  _last: number;
  _bias: number;
  _three: number;
  _frames: number;

  /** `slack`: squared error of a run's length that is no error, in units of time squared. */
  constructor(slack: number) {
    this._slack = slack;
    this.unit = 1;
    this.waveform = Waveform.None;
    this.inverted = false;
    this._runs = this._last = this._bias = this._three = this.frame = this._frames = 0;
  }

  /** One run that ended; true when it was the last of a preamble. */
  push(lit: boolean, length: number): boolean {
    const last = this._last;
    const unit = this.unit;
    const off = (length + last) / 2 - unit;
    this._last = length;
    this.waveform = Waveform.None;
    if (off * off <= unit * unit * 0.04 + this._slack) {
      if (this._runs < MOST_RUNS) this._runs++;
      this.unit = unit + off / this._runs;
      this._bias += ((lit ? length - last : last - length) / 2 - this._bias) / 8;
      this._three = 0;
      return this._repeats(length);
    }
    if (this._runs >= BURST_RUNS) {
      const symbols = (lit ? length - this._bias : length + this._bias) / unit;
      if (symbols > 2.5 && symbols < 3.6) {
        const before = this._three;
        this._three = lit ? 1 : 2;
        if (before + this._three === 3) return this._begin(Waveform.Burst, lit);
        return false;
      }
      if (symbols > 1.6 && symbols < 2.4 && this._runs >= BI_LEVEL_RUNS) return this._begin(Waveform.BiLevel, lit);
    }
    this._three = 0;
    this._runs >>= 1;
    if (this._runs < 2) {
      this._runs = 1;
      this._bias = 0;
      this.unit = (length + last) / 2;
    }
    return this._repeats(length);
  }

  forget(): void {
    this._runs = this._three = this._frames = 0;
    this.unit = 1;
  }

  _begin(waveform: Waveform, inverted: boolean): boolean {
    this._runs = this._three = this._frames = 0;
    this.waveform = waveform;
    this.inverted = inverted;
    return true;
  }

  /** Ternary's preamble alternates like the others', but in whole frames of a screen, some shown again. */
  _repeats(length: number): boolean {
    const frame = this.frame;
    const count = Math.round(length / frame);
    const off = length - count * frame;
    if (length < frame * 0.75 || count > LONGEST_REPEAT || off * off > frame * frame * 0.06) {
      this.frame = length;
      this._frames = 0;
      return false;
    }
    this.frame = frame + off / count / 8;
    if (++this._frames < TERNARY_RUNS) return false;
    this._frames = 0;
    this.waveform = Waveform.Ternary;
    return true;
  }
}
