// SPDX-License-Identifier: Apache-2.0
// What light's symbols tell: each level's light, the noise about it, and a lamp's tone.
import type { Mark } from "../watch/frame-record.js";
import type { Sparse, Tone } from "./ripple.js";
import { findTone, withoutTone } from "./ripple.js";
import type { QuietSamples } from "../read/symbol-light.js";
import { levelMeans, nearLevel, quietSamples, residuals } from "../read/symbol-light.js";

/** A converter's own rounding: no margin is better than against this. */
export const ROUNDING = 1 / Math.sqrt(12);
const LEAST_PAIRS = 20;
/** Of the middle size, which for noise is two thirds of sigma. */
const FAR_OUT = 6;

export interface SymbolMeasure {
  readonly means: readonly number[];
  readonly sigma: number;
  readonly tone: Tone | undefined;
}

export function measureSymbols(samples: Uint8Array, sampleHz: number, marks: readonly Mark[]): SymbolMeasure {
  const quiet = quietSamples(samples, sampleHz, marks);
  const means = levelMeans(quiet, marks, marks.some(({ level }) => level === 2) ? 3 : 2);
  const restOf = (some: QuietSamples): Sparse => ({
    at: some.at,
    value: residuals(some, marks, means, sampleHz),
    sampleHz,
  });
  const tone = findTone(restOf(nearLevel(quiet, marks, means)));
  const rest = restOf(quiet);
  return { means, tone, sigma: noiseOf(quiet, tone ? withoutTone(rest, tone) : rest.value) };
}

/** From neighbours within a symbol, which differ by noise only, but for a few edges; less what rounding adds. */
function noiseOf({ symbol, at }: QuietSamples, rest: Float64Array): number {
  const isPair = (i: number) => i > 0 && symbol[i] === symbol[i - 1] && at[i]! === at[i - 1]! + 1;
  const steps = rest.map((value, i) => (isPair(i) ? value - rest[i - 1]! : NaN)).filter((step) => !Number.isNaN(step));
  const variance = steps.length >= LEAST_PAIRS ? usualSquare(steps) / 2 : usualSquare(rest);
  return Math.sqrt(Math.max(0, variance - ROUNDING ** 2));
}

/** Mean square without the few that are far out. */
function usualSquare(values: Float64Array): number {
  const sizes = values.map(Math.abs).sort();
  const most = FAR_OUT * (sizes[sizes.length >> 1] ?? 0) + 1;
  const usual = sizes.filter((size) => size <= most);
  return usual.reduce((sum, size) => sum + size ** 2, 0) / (usual.length || 1);
}
