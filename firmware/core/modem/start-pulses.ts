// SPDX-License-Identifier: Apache-2.0
// Pulses to the start of a tri-level frame: the heights of the last twelve are the end of the preamble and the start byte 0x2A,
// grey but for its three ones. All twelve decide together, so one noisy pulse neither makes nor hides a start, and the means of both
// kinds are the levels of the frame.

const KEPT = 16;
const PATTERN = 12;
/** White stands so much higher above black than grey does, and no more. */
const LEAST_RATIO = 1.1;
const MOST_RATIO = 3.5;

export class StartPulses {
  grey: number;
  white: number;
  _heights: Float32Array;
  _count: number;

  constructor() {
    this.grey = this.white = 0;
    this._heights = new Float32Array(KEPT);
    this._count = 0;
  }

  /** A pulse's height over black; true when it ends a start byte. @hot */
  push(height: number): boolean {
    const heights = this._heights;
    const last = this._count++;
    heights[last & 15] = height;
    // The last one is grey, the one before white.
    if ((heights[(last - 1) & 15] as number) < height * LEAST_RATIO) return false;
    const grey = height + (heights[(last - 2) & 15] as number) + (heights[(last - 4) & 15] as number);
    const white =
      (heights[(last - 1) & 15] as number) +
      (heights[(last - 3) & 15] as number) +
      (heights[(last - 5) & 15] as number);
    if (white < grey * LEAST_RATIO || white > grey * MOST_RATIO) return false;
    const middle = (grey + white) / 6;
    for (let i = 0; i < PATTERN; i++)
      if ((heights[(last - i) & 15] as number) > middle !== (i === 1 || i === 3 || i === 5)) return false;
    this.grey = grey / 3;
    this.white = white / 3;
    return true;
  }
}
