// SPDX-License-Identifier: Apache-2.0
// What light is like: levels, noise, lamps, timing, frames. All numbers are rounded here, so that whoever prints them prints the same.
import type { Advice } from "./advice.js";
import { adviceOn } from "./advice.js";
import type { FrameRecord, Mark } from "../watch/frame-record.js";
import type { Trace } from "./light-trace.js";
import { lightTrace } from "./light-trace.js";
import { rounded } from "./rounded.js";
import { lengthS, runLengths, runsAsSamples } from "../read/run-light.js";
import type { FrameSeen } from "../watch/seen-frames.js";
import { frameSeen, sortFrames } from "../watch/seen-frames.js";
import { histogramOf, marksOfRuns } from "../read/symbol-light.js";
import type { SymbolMeasure } from "./symbol-measure.js";
import { measureSymbols, ROUNDING } from "./symbol-measure.js";
import type { Timing } from "./timing.js";
import { timingOfRuns, timingOfSamples, usualLengthS } from "./timing.js";

export interface Level {
  readonly name: LevelName;
  /** 0 to 255. */
  readonly value: number;
  readonly percentOfFullScale: number;
}

type LevelName = "black" | "grey" | "white" | "dark" | "bright";

/** Between two levels that are decided between. */
export interface Boundary {
  readonly between: readonly [LevelName, LevelName];
  readonly value: number;
  /** How far both levels are from it, over the noise of one sample. */
  readonly marginDb: number;
}

export interface LightReport {
  readonly kind: "samples" | "edges" | "frames";
  readonly seconds: number;
  /** Less than all of it, when there is very much. */
  readonly measuredSeconds: number;
  readonly sampleHz?: number;
  readonly levels: readonly Level[];
  readonly swing?: { readonly counts: number; readonly percentOfFullScale: number };
  readonly boundaries: readonly Boundary[];
  /** The least of the boundaries' margins. */
  readonly marginDb?: number;
  readonly noise?: { readonly sigma: number; readonly percentOfSwing: number };
  readonly ripple?: { readonly hz: number; readonly percentOfSwing: number };
  /** Shares of the light's samples at the converter's ends. */
  readonly clipping?: { readonly brightPercent: number; readonly darkPercent: number };
  readonly timing?: { readonly symbolHz: number; readonly jitterPercent: number; readonly repeatedPercent: number };
  readonly samplesPerSymbol?: number;
  readonly frames: readonly FrameSeen[];
  /** Starts within another frame that were none. */
  readonly falseStarts: number;
  /** Of edges: how many of the frames' runs are so many parts of a symbol long. */
  readonly runLengths?: { readonly partsOfSymbol: number; readonly counts: readonly number[] };
  /** Samples of each value, in the light of the frames. */
  readonly histogram?: readonly number[];
  readonly trace?: Trace;
  readonly closeUp?: Trace;
  readonly advice: readonly Advice[];
}

export interface Measured {
  readonly frames: readonly FrameRecord[];
  /** All there was, in seconds; what is measured may be its beginning. */
  readonly seconds: number;
  /** Of the sensor's load, if it is known. */
  readonly resistorOhm?: number;
}

const LEVEL_NAMES = {
  two: ["dark", "bright"],
  three: ["black", "grey", "white"],
} as const;
/** Levels on top of each other. */
const NO_DISTANCE = 0.01;
const LEAST_RIPPLE = 0.01;
const CLOSE_UP_SYMBOLS = 28;

export function reportOnSamples(samples: Uint8Array, sampleHz: number, measured: Measured): LightReport {
  const { light, other } = sortFrames(measured.frames);
  const marks = marksFor(samples, sampleHz, light);
  const measure = marks.length ? measureSymbols(samples, sampleHz, marks) : undefined;
  const span = spanOf(marks, samples.length / sampleHz);
  const shown = samples.subarray(Math.floor(span.fromS * sampleHz), Math.ceil(span.toS * sampleHz));
  const timing =
    measure && light[0] ? timingOfSamples({ samples, sampleHz, ...measure }, marks, light[0].waveform) : undefined;
  return withAdvice(measured, {
    kind: "samples",
    seconds: rounded(measured.seconds, 2),
    measuredSeconds: rounded(samples.length / sampleHz, 2),
    sampleHz,
    ...(measure ? describeLevels(measure) : { levels: [], boundaries: [] }),
    clipping: { brightPercent: shareOf(shown, 255), darkPercent: shareOf(shown, 0) },
    ...(timing && { timing: roundTiming(timing) }),
    ...(measure && { samplesPerSymbol: rounded(sampleHz * (timing ? 1 / timing.symbolHz : usualLengthS(marks)), 1) }),
    frames: light.map(frameSeen),
    falseStarts: other,
    histogram: histogramOf(shown),
    trace: lightTrace(samples, sampleHz, 0, samples.length / sampleHz),
    ...closeUpOf(samples, sampleHz, light, timing),
  });
}

export function reportOnRuns(runs: Int32Array, measured: Measured): LightReport {
  const { light, other } = sortFrames(measured.frames);
  const symbolS = light[0]?.symbolS;
  const within = runsWithin(runs, light);
  const timing = symbolS ? timingOfRuns(within, symbolS) : undefined;
  const { samples, sampleHz } = runsAsSamples(runs, symbolS);
  return withAdvice(measured, {
    kind: "edges",
    seconds: rounded(measured.seconds, 2),
    measuredSeconds: rounded(lengthS(runs), 2),
    levels: [],
    boundaries: [],
    ...(timing && { timing: roundTiming(timing) }),
    frames: light.map(frameSeen),
    falseStarts: other,
    ...(symbolS && { runLengths: runLengths(within, symbolS) }),
    trace: lightTrace(samples, sampleHz, 0, samples.length / sampleHz),
    ...closeUpOf(samples, sampleHz, light, timing),
  });
}

/** Light from behind the sensor on, of which there is nothing to measure. */
export function reportOnFrames({ frames }: Pick<Measured, "frames">): LightReport {
  const { light, other } = sortFrames(frames);
  const none = { levels: [], boundaries: [], advice: [] };
  return { kind: "frames", seconds: 0, measuredSeconds: 0, ...none, frames: light.map(frameSeen), falseStarts: other };
}

function withAdvice({ resistorOhm }: Measured, report: Omit<LightReport, "advice">): LightReport {
  return { ...report, advice: adviceOn(report, resistorOhm) };
}

/** Of the frames like the best one; without any, of whatever goes up and down. */
function marksFor(samples: Uint8Array, sampleHz: number, frames: readonly FrameRecord[]): readonly Mark[] {
  const best = frames[0];
  if (!best) return marksOfRuns(samples, sampleHz);
  const like = frames.filter(({ waveform, inverted }) => waveform === best.waveform && inverted === best.inverted);
  const endS = samples.length / sampleHz;
  return like
    .flatMap(({ marks }) => marks)
    .filter(({ toS }) => toS < endS)
    .sort((a, b) => a.fromS - b.fromS);
}

type Levels = Pick<LightReport, "levels" | "boundaries" | "swing" | "noise" | "ripple" | "marginDb">;

function describeLevels({ means, sigma, tone }: SymbolMeasure): Levels {
  const names = means.length === 3 ? LEVEL_NAMES.three : LEVEL_NAMES.two;
  const known = means.flatMap((value, i) => (Number.isNaN(value) ? [] : [{ name: names[i] as LevelName, value }]));
  const values = known.map(({ value }) => value);
  const swing = Math.max(...values) - Math.min(...values);
  if (!(swing > 0)) return { levels: [], boundaries: [] };
  const boundaries = known.slice(1).map(({ name, value }, i) => boundaryOf(known[i]!, { name, value }, sigma));
  const ripple = tone ? (200 * tone.amplitude) / swing : 0;
  return {
    levels: known.map(({ name, value }) => ({
      name,
      value: rounded(value, 1),
      percentOfFullScale: percentOfScale(value),
    })),
    swing: { counts: rounded(swing, 1), percentOfFullScale: percentOfScale(swing) },
    boundaries,
    ...(boundaries.length && { marginDb: Math.min(...boundaries.map(({ marginDb }) => marginDb)) }),
    noise: { sigma: rounded(sigma, 2), percentOfSwing: rounded((100 * sigma) / swing, 1) },
    ...(tone &&
      ripple > 100 * LEAST_RIPPLE && { ripple: { hz: rounded(tone.hz, 1), percentOfSwing: rounded(ripple, 1) } }),
  };
}

interface NamedLevel {
  readonly name: LevelName;
  readonly value: number;
}

function boundaryOf(a: NamedLevel, b: NamedLevel, sigma: number): Boundary {
  const distance = Math.max(NO_DISTANCE, Math.abs(b.value - a.value) / 2);
  return {
    between: [a.name, b.name],
    value: rounded((a.value + b.value) / 2, 1),
    marginDb: rounded(20 * Math.log10(distance / Math.max(sigma, ROUNDING)), 1),
  };
}

function spanOf(marks: readonly Mark[], endS: number): { fromS: number; toS: number } {
  const [first, last] = [marks[0], marks.at(-1)];
  return first && last ? { fromS: Math.max(0, first.fromS), toS: Math.min(endS, last.toS) } : { fromS: 0, toS: endS };
}

/** Preamble and start of the first frame, or the middle of what there is. */
function closeUpOf(
  samples: Uint8Array,
  sampleHz: number,
  frames: readonly FrameRecord[],
  timing: Timing | undefined,
): { closeUp?: Trace } {
  const endS = samples.length / sampleHz;
  const halfS = CLOSE_UP_SYMBOLS / (timing?.symbolHz ?? CLOSE_UP_SYMBOLS * 4);
  const middleS = frames[0]?.startS ?? endS / 2;
  const [fromS, toS] = [Math.max(0, middleS - halfS), Math.min(endS, middleS + halfS)];
  return toS > fromS ? { closeUp: lightTrace(samples, sampleHz, fromS, toS) } : {};
}

/** Runs that begin within a frame. */
function runsWithin(runs: Int32Array, frames: readonly FrameRecord[]): number[] {
  let us = 0;
  return Array.from(runs).filter((run) => {
    const s = us / 1e6;
    us += Math.abs(run);
    return frames.some(({ startS, endS }) => s >= startS && us / 1e6 <= endS);
  });
}

const roundTiming = ({ symbolHz, jitter, repeated }: Timing) => ({
  symbolHz: rounded(symbolHz, 1),
  jitterPercent: rounded(100 * jitter, 1),
  repeatedPercent: rounded(100 * repeated, 1),
});

const shareOf = (samples: Uint8Array, value: number): number =>
  rounded((100 * samples.reduce((sum, sample) => sum + (sample === value ? 1 : 0), 0)) / (samples.length || 1), 1);

const percentOfScale = (value: number): number => rounded((100 * value) / 255, 1);
