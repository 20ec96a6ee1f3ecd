// SPDX-License-Identifier: Apache-2.0
// A plain comparator with hysteresis, as a board of the `edges` kind has one: samples of fast light to runs.
//
// Its threshold lies midway between the brightest and the darkest light of the last milliseconds. When it turns, the edge was where the
// light crossed the threshold, between two samples.

/** How long brightest and darkest are remembered: longer than a run, about a lamp's period. */
const MEMORY_S = 0.008;
/** On either side of the threshold, of the swing. */
const HYSTERESIS = 0.15;
/** Fainter swings, of 255, are noise. */
const FAINTEST_SWING = 8;

export class Comparator {
  private readonly decay: number;
  private readonly sampleUs: number;
  private high = -1;
  private low = 256;
  private lit = false;
  private last = 0;
  private at = 0;
  private crossedAt = 0;
  private turnedUs = 0;

  constructor(sampleHz: number) {
    this.decay = 1 / (MEMORY_S * sampleHz);
    this.sampleUs = 1e6 / sampleHz;
  }

  /** Runs that end within these samples: microseconds, lit ones above zero. */
  *feed(samples: Uint8Array): Generator<number> {
    for (const sample of samples) {
      const threshold = this.follow(sample);
      const swing = this.high - this.low;
      if (sample > threshold !== this.last > threshold)
        this.crossedAt = this.at - crossing(this.last, sample, threshold);
      const beyond = this.lit ? threshold - sample : sample - threshold;
      if (swing >= FAINTEST_SWING && beyond > swing * HYSTERESIS) yield this.turn();
      this.last = sample;
      this.at++;
    }
  }

  private follow(sample: number): number {
    this.high = Math.max(sample, this.high - (this.high - sample) * this.decay);
    this.low = Math.min(sample, this.low + (sample - this.low) * this.decay);
    return (this.high + this.low) / 2;
  }

  private turn(): number {
    const us = Math.max(this.turnedUs + 1, Math.round(this.crossedAt * this.sampleUs));
    const run = us - this.turnedUs;
    this.turnedUs = us;
    this.lit = !this.lit;
    return this.lit ? -run : run;
  }
}

/** How long before this sample, in samples, the light crossed the threshold. */
const crossing = (last: number, sample: number, threshold: number): number =>
  (sample - threshold) / (sample - last || 1);
