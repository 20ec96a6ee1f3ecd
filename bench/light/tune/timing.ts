// SPDX-License-Identifier: Apache-2.0
// A sender's clock as its edges show it: rate, jitter, symbols shown twice.
import type { Mark } from "../watch/frame-record.js";
import type { WaveformName } from "../read/light.js";

export interface Timing {
  readonly symbolHz: number;
  /** Standard deviation of a symbol's length, of its length. */
  readonly jitter: number;
  /** Share of symbols that were shown for twice their time or more. */
  readonly repeated: number;
}

/** From one edge to the next, and how many symbols that was for the receiver. */
interface Step {
  readonly lengthS: number;
  readonly symbols: number;
}

/** Steps that differ by more, of the usual one, hold a symbol that was shown twice. */
const USUAL = 0.25;
/** Squared error of a time that is only known to a sample: two edges of a step, each anywhere between two samples. */
const SAMPLING = 2 / 12;
const LEAST_STEPS = 8;
/** Of a symbol, before its edges are looked for. */
const SMOOTH = 0.25;

/** Samples, the light of their levels, and how noisy they are. */
export interface TimedSamples {
  readonly samples: Uint8Array;
  readonly sampleHz: number;
  readonly means: readonly number[];
  readonly sigma: number;
}

export function timingOfSamples(
  light: TimedSamples,
  marks: readonly Mark[],
  waveform: WaveformName,
): Timing | undefined {
  const smooth = Math.max(1, Math.round(light.sampleHz * usualLengthS(marks) * SMOOTH));
  const edges = edgesBetween({ ...light, smooth }, marks);
  const isOne = waveform === "tri-level" || waveform === "ternary";
  const steps = edges.slice(1).map(({ s, symbol }, i) => {
    const before = edges[i]!;
    return { lengthS: s - before.s, symbols: isOne ? 1 : symbol - before.symbol };
  });
  const rise2 = edges.reduce((sum, { rise }) => sum + rise ** 2, 0) / edges.length;
  // Noise moves an edge by its size over the slope.
  const byNoise = (2 * light.sigma ** 2 * smooth) / rise2;
  return timingOf(steps, (SAMPLING + byNoise) / light.sampleHz ** 2);
}

/** Runs in microseconds, of frames whose symbols last so long. */
export function timingOfRuns(runs: ArrayLike<number>, symbolS: number): Timing | undefined {
  const steps = Array.from(runs, (run) => ({
    lengthS: Math.abs(run) / 1e6,
    symbols: Math.round(Math.abs(run) / 1e6 / symbolS),
  }));
  return timingOf(
    steps.filter(({ symbols }) => symbols >= 1 && symbols <= 3),
    0,
  );
}

interface Edge {
  readonly s: number;
  /** Index of the symbol behind it, and how far the light goes. */
  readonly symbol: number;
  readonly rise: number;
}

interface SmoothSamples extends TimedSamples {
  /** Samples that the mean is taken of. */
  readonly smooth: number;
}

function edgesBetween(light: SmoothSamples, marks: readonly Mark[]): Edge[] {
  return marks.flatMap((mark, i) => {
    const before = marks[i - 1];
    const s = before && edgeBetween(light, before, mark);
    if (s === undefined) return [];
    return [{ s, symbol: i, rise: light.means[mark.level]! - light.means[before!.level]! }];
  });
}

/** Where the light crosses the middle between two symbols of different levels. */
function edgeBetween(light: SmoothSamples, a: Mark, b: Mark): number | undefined {
  if (a.level === b.level || b.fromS - a.toS > b.toS - b.fromS) return undefined;
  const { sampleHz, means } = light;
  const middle = (means[a.level]! + means[b.level]!) / 2;
  const sign = Math.sign(means[b.level]! - middle);
  const end = Math.floor(((b.fromS + b.toS) / 2) * sampleHz);
  let before = NaN;
  for (let k = Math.ceil(((a.fromS + a.toS) / 2) * sampleHz); k <= end; k++) {
    const value = (meanAt(light, k) - middle) * sign;
    if (value >= 0 && before < 0) return (k - value / (value - before)) / sampleHz;
    before = value;
  }
  return undefined;
}

/** Of an even number of samples it is half a sample late. */
function meanAt({ samples, smooth }: SmoothSamples, at: number): number {
  let sum = 0;
  for (let k = at - (smooth >> 1); k < at - (smooth >> 1) + smooth; k++)
    sum += samples[Math.max(0, Math.min(samples.length - 1, k))]!;
  return sum / smooth;
}

export function usualLengthS(marks: readonly Mark[]): number {
  const lengths = marks.map(({ fromS, toS }) => toS - fromS).sort((a, b) => a - b);
  return lengths[lengths.length >> 1] ?? 0;
}

function timingOf(steps: readonly Step[], sampling: number): Timing | undefined {
  if (steps.length < LEAST_STEPS) return undefined;
  const lengths = steps.map(({ lengthS, symbols }) => lengthS / symbols).sort((a, b) => a - b);
  const middle = lengths[lengths.length >> 1]!;
  const usual = steps.filter(({ lengthS, symbols }) => Math.abs(lengthS / symbols - middle) < USUAL * middle);
  if (!usual.length) return undefined;
  const total = (of: (step: Step) => number) => usual.reduce((sum, step) => sum + of(step), 0);
  const unit = total(({ lengthS }) => lengthS) / total(({ symbols }) => symbols);
  const variance = total(({ lengthS, symbols }) => (lengthS - symbols * unit) ** 2 / symbols) / usual.length;
  const repeated = steps.filter(({ lengthS, symbols }) => lengthS > (symbols + 0.5) * unit).length;
  return {
    symbolHz: 1 / unit,
    jitter: Math.sqrt(Math.max(0, variance - sampling)) / unit,
    repeated: repeated / steps.length,
  };
}
