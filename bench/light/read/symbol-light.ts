// SPDX-License-Identifier: Apache-2.0
// Samples by the symbol that they show: what each level's light really is, and what is left of a sample without it.
import type { Mark } from "../watch/frame-record.js";

/** Of a symbol, away from its edges. */
const QUIET_FROM = 0.25;
const QUIET_TO = 0.75;
/** The room's own light is what stays over so long. */
const ROOM_S = 0.25;
/** Brightest and darkest, but for stray samples. */
const EXTREME = 0.02;
const HYSTERESIS = 0.15;
/** Of the swing. */
const NEAR = 0.5;
/** Fainter swings, of 255, are noise. */
export const FAINTEST_SWING = 8;

/** Samples in the middle of symbols, in their order. */
export interface QuietSamples {
  /** Places in the light. */
  readonly at: Int32Array;
  /** Index of each one's symbol. */
  readonly symbol: Int32Array;
  readonly value: Float64Array;
}

export function quietSamples(samples: Uint8Array, sampleHz: number, marks: readonly Mark[]): QuietSamples {
  const at: number[] = [];
  const symbol: number[] = [];
  for (const [i, { fromS, toS }] of marks.entries()) {
    const placeOf = (part: number) => (fromS + (toS - fromS) * part) * sampleHz;
    const from = Math.max(0, Math.ceil(placeOf(QUIET_FROM)));
    const to = Math.min(samples.length - 1, Math.max(from, Math.floor(placeOf(QUIET_TO))));
    for (let k = from; k <= to; k++) {
      at.push(k);
      symbol.push(i);
    }
  }
  const value = Float64Array.from(at, (k) => samples[k] as number);
  return { at: Int32Array.from(at), symbol: Int32Array.from(symbol), value };
}

/** Light of each level: the mean of what is near its middle one, so that a few symbols read wrong do no harm. NaN for one that never came. */
export function levelMeans({ symbol, value }: QuietSamples, marks: readonly Mark[], count: number): number[] {
  const counts = Array.from({ length: count }, () => new Array<number>(256).fill(0));
  for (let i = 0; i < value.length; i++) counts[marks[symbol[i]!]!.level]![value[i]!]!++;
  const seen = counts.filter((level) => level.some(Boolean)).map((level) => quantile(level, 0.5));
  const near = (Math.max(...seen) - Math.min(...seen)) * NEAR;
  return counts.map((level) => meanNear(level, quantile(level, 0.5), near));
}

/** Mean of values by how often they come, of those near another. */
function meanNear(counts: readonly number[], middle: number, near: number): number {
  let [sum, total] = [0, 0];
  for (let value = 0; value < counts.length; value++) {
    if (Math.abs(value - middle) > near) continue;
    sum += value * counts[value]!;
    total += counts[value]!;
  }
  return sum / total;
}

/** Without those that are nearer to some other light: edges of a sender whose clock the receiver lost for a moment. */
export function nearLevel(
  { at, symbol, value }: QuietSamples,
  marks: readonly Mark[],
  means: readonly number[],
): QuietSamples {
  const seen = means.filter((mean) => !Number.isNaN(mean));
  const near = (Math.max(...seen) - Math.min(...seen)) * NEAR;
  const isNear = (_: number, i: number) => Math.abs(value[i]! - means[marks[symbol[i]!]!.level]!) <= near;
  return { at: at.filter(isNear), symbol: symbol.filter(isNear), value: value.filter(isNear) };
}

/** What is left of each without its level and without the room's slow light. */
export function residuals(
  quiet: QuietSamples,
  marks: readonly Mark[],
  means: readonly number[],
  sampleHz: number,
): Float64Array {
  const rest = quiet.value.map((value, i) => value - means[marks[quiet.symbol[i]!]!.level]!);
  return withoutRoom(rest, quiet.at, ROOM_S * sampleHz);
}

/** Less the mean of all within half of `span` on both sides. */
function withoutRoom(rest: Float64Array, at: Int32Array, span: number): Float64Array {
  let [from, to, sum] = [0, 0, 0];
  return rest.map((value, i) => {
    while (to < rest.length && at[to]! <= at[i]! + span / 2) sum += rest[to++]!;
    while (at[from]! < at[i]! - span / 2) sum -= rest[from++]!;
    return value - sum / (to - from);
  });
}

/** Light that no frame came of, as runs about the middle of its swing. */
export function marksOfRuns(samples: Uint8Array, sampleHz: number): Mark[] {
  const { dark, bright } = extremes(samples);
  if (bright - dark < FAINTEST_SWING) return [];
  const [middle, off] = [(bright + dark) / 2, (bright - dark) * HYSTERESIS];
  const marks: Mark[] = [];
  let from = 0;
  let level = samples[0]! > middle ? 1 : 0;
  for (let k = 1; k < samples.length; k++) {
    if (level ? samples[k]! > middle - off : samples[k]! < middle + off) continue;
    marks.push({ fromS: (from - 0.5) / sampleHz, toS: (k - 0.5) / sampleHz, level });
    from = k;
    level = 1 - level;
  }
  return marks;
}

export function extremes(samples: Uint8Array): { dark: number; bright: number } {
  const counts = histogramOf(samples);
  return { dark: quantile(counts, EXTREME), bright: quantile(counts, 1 - EXTREME) };
}

/** How often each value comes. */
export function histogramOf(samples: Iterable<number>): number[] {
  const counts = new Array<number>(256).fill(0);
  for (const sample of samples) counts[sample]!++;
  return counts;
}

function quantile(counts: readonly number[], share: number): number {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  const value = counts.findIndex((count) => (left -= count) <= 0);
  return Math.max(0, value);
}
