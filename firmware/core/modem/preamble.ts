// SPDX-License-Identifier: Apache-2.0
// Runs to a clock: every waveform begins with lit and dark runs of one length. Equal neighbours tell it; and, since a screen may show a
// frame twice, so do runs of one to four times a length. A run that fits nothing only halves the trust: one lost edge does no harm.

/** Runs that agreed before the clock is believed: of equal ones, and of multiples. */
const EQUAL_RUNS = 8;
const MULTIPLE_RUNS = 12;
const MOST_RUNS = 48;
const LONGEST_REPEAT = 4;

export class Preamble {
  /** Length of a symbol. */
  unit: number;
  _slack: number;
  _runs: number;
  _last: number;
  _mean: number;
  _frame: number;
  _frames: number;

  /** `slack`: squared error of a run's length that is no error, in units of time squared; none for a lamp's edges, never a screen's. */
  constructor(slack: number) {
    this._slack = slack;
    this.unit = 1;
    this._runs = this._last = this._mean = this._frame = this._frames = 0;
  }

  /** One run that ended; true when it makes a clock sure. @hot */
  push(length: number): boolean {
    const last = this._last;
    const off = (length + last) / 2 - this._mean;
    this._last = length;
    if (off * off <= this._mean * this._mean * 0.04 + this._slack) {
      if (this._runs < MOST_RUNS) this._runs++;
      this._mean += off / this._runs;
      this.unit = this._mean;
      if (this._runs >= EQUAL_RUNS) return true;
    } else {
      this._runs >>= 1;
      if (this._runs < 2) {
        this._runs = 1;
        this._mean = (length + last) / 2;
      }
    }
    return this._slack > 0 && this._isSteady(length);
  }

  forget(): void {
    this._runs = this._frames = this._mean = 0;
  }

  _isSteady(length: number): boolean {
    const frame = this._frame;
    const count = (length / frame + 0.5) | 0;
    const off = length - count * frame;
    if (count < 1 || count > LONGEST_REPEAT || off * off > frame * frame * 0.06) {
      this._frame = length;
      this._frames = 0;
      return false;
    }
    this._frame = frame + off / count / 8;
    if (++this._frames < MULTIPLE_RUNS) return false;
    this.unit = this._frame;
    return true;
  }
}
