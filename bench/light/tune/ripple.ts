// SPDX-License-Identifier: Apache-2.0
// Lamps in what is left of samples without their symbols: the strongest tone, by Goertzel's sums over stretches of a second.

/** Samples that are known in between others that are not. */
export interface Sparse {
  readonly at: Int32Array;
  readonly value: Float64Array;
  readonly sampleHz: number;
}

export interface Tone {
  readonly hz: number;
  /** From the middle to a crest. */
  readonly amplitude: number;
}

const STRETCH_S = 1;
const LONGEST_STRETCH = 16384;
const MOST_STRETCHES = 12;
const LOWEST_HZ = 45;
const HIGHEST_HZ = 1000;
/** Of the sampling rate: what is above half of it looks like something else. */
const HIGHEST_SHARE = 0.48;
/** A tone stands out so far over the middle one. */
const STANDS_OUT = 5;
const FINE_STEPS = 8;
/** Mains is at its frequency within this. */
const MAINS_HZ = [100, 120];
const MAINS_WITHIN_HZ = 1.5;

/** The strongest tone that is one. */
export function findTone(light: Sparse): Tone | undefined {
  const stretches = stretchesOf(light);
  const stepHz = light.sampleHz / stretchLength(light) / 2;
  const coarse = spectrum(stretches, light.sampleHz, range(LOWEST_HZ, topHz(light), stepHz));
  const strongest = maxBy(coarse);
  if (!strongest) return undefined;
  const { hz } = strongest;
  const fine = maxBy(spectrum(stretches, light.sampleHz, range(hz - stepHz, hz + stepHz, stepHz / FINE_STEPS)));
  const usual = median(coarse.map(({ amplitude }) => amplitude));
  if (!fine || fine.amplitude < STANDS_OUT * usual || fine.amplitude === 0) return undefined;
  const mains = MAINS_HZ.find((mainsHz) => Math.abs(mainsHz - fine.hz) < Math.max(MAINS_WITHIN_HZ, stepHz));
  return { hz: mains ?? fine.hz, amplitude: Math.sqrt(fine.amplitude ** 2 - usual ** 2) };
}

/** What is left without a tone and its first overtone. */
export function withoutTone(light: Sparse, { hz }: Tone): Float64Array {
  const left = light.value.slice();
  const length = stretchLength(light);
  for (let from = 0; from < left.length;) {
    let to = from;
    while (to < left.length && light.at[to]! < light.at[from]! + length) to++;
    for (const part of [hz, 2 * hz]) if (part < topHz(light)) subtract(light, left, { from, to }, part);
    from = to;
  }
  return left;
}

function subtract(
  { at, sampleHz }: Sparse,
  left: Float64Array,
  { from, to }: { from: number; to: number },
  hz: number,
): void {
  const turn = (2 * Math.PI * hz) / sampleHz;
  let [real, imaginary] = [0, 0];
  for (let i = from; i < to; i++) {
    real += left[i]! * Math.cos(turn * at[i]!);
    imaginary += left[i]! * Math.sin(turn * at[i]!);
  }
  const scale = 2 / (to - from);
  for (let i = from; i < to; i++)
    left[i]! -= scale * (real * Math.cos(turn * at[i]!) + imaginary * Math.sin(turn * at[i]!));
}

interface Stretch {
  /** Zero where nothing is known. */
  readonly samples: Float64Array;
  readonly known: number;
}

function stretchesOf(light: Sparse): Stretch[] {
  const { at, value } = light;
  const length = stretchLength(light);
  const stretches: Stretch[] = [];
  for (let i = 0; i < at.length && stretches.length < MOST_STRETCHES;) {
    const [samples, from, first] = [new Float64Array(length), at[i]!, i];
    for (; i < at.length && at[i]! < from + length; i++) samples[at[i]! - from] = value[i]!;
    stretches.push({ samples, known: i - first });
  }
  return stretches;
}

const stretchLength = ({ sampleHz }: Sparse): number => Math.round(Math.min(LONGEST_STRETCH, STRETCH_S * sampleHz));

const topHz = ({ sampleHz }: Sparse): number => Math.min(HIGHEST_HZ, HIGHEST_SHARE * sampleHz);

function spectrum(stretches: readonly Stretch[], sampleHz: number, frequencies: readonly number[]): Tone[] {
  const full = Math.sqrt(stretches.reduce((sum, { known }) => sum + (known / 2) ** 2, 0)) || 1;
  return frequencies.map((hz) => {
    const power = stretches.reduce((sum, { samples }) => sum + goertzel(samples, hz / sampleHz), 0);
    return { hz, amplitude: Math.sqrt(Math.max(0, power)) / full };
  });
}

/** Squared magnitude of one Fourier sum; `turns` of it for each sample. */
function goertzel(samples: Float64Array, turns: number): number {
  const twice = 2 * Math.cos(2 * Math.PI * turns);
  let [before, last] = [0, 0];
  for (let i = 0; i < samples.length; i++) [before, last] = [last, samples[i]! + twice * last - before];
  return last * last + before * before - twice * last * before;
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => from + i * step);

const maxBy = (tones: readonly Tone[]): Tone | undefined =>
  tones.reduce<Tone | undefined>((best, tone) => (best && best.amplitude >= tone.amplitude ? best : tone), undefined);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
