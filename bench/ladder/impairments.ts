// SPDX-License-Identifier: Apache-2.0
// Between sender and receiver: a sender's clock, a panel, a room, a converter or a comparator. All chance comes from the seed, a
// stream for each impairment, so that rungs differ in what they are about and in nothing else.
import type { Random } from "../line/random.js";
import { between, chance, gaussian } from "./chance.js";
import type { Emission } from "./emission.js";

export interface Impairments {
  /** What full drive adds, of full scale. */
  readonly swing: number;
  /** The dark level, of full scale. */
  readonly ambient: number;
  /** Standard deviation of each sample, of the swing. */
  readonly noise: number;
  /** Peak to peak, of the swing. */
  readonly ripple: number;
  readonly mainsHz: 100 | 120;
  readonly rippleShape: "sine" | "rectified";
  /** The sender's symbols are longer or shorter by this part, as the seed decides. */
  readonly clockError: number;
  /** Standard deviation of each symbol's length, of its length: the sender's clock wanders off. */
  readonly jitter: number;
  /** Share of symbols that a screen shows for two of its frames. */
  readonly repeatedShare: number;
  /** Time constant of panel and sensor. */
  readonly panelMs: number;
  /** Multiplies all light before the converter clips it at full scale. */
  readonly gain: number;
  /** The room becomes brighter by this part of the swing, once. */
  readonly ambientStep: number;
  /** The room's light goes up and down by this part of the swing at 0.25 Hz. */
  readonly drift: number;
  readonly inverted: boolean;
  /** The receiver is switched on at some time within the first pass. */
  readonly startsMidFrame: boolean;
  /** Shares of edges that a comparator's receiver misses, and of runs that it sees cut in two. */
  readonly lostShare: number;
  readonly addedShare: number;
}

/** A good sender in a quiet room. */
export const UNIMPAIRED: Impairments = {
  swing: 0.5,
  ambient: 0.1,
  noise: 0.02,
  ripple: 0,
  mainsHz: 100,
  rippleShape: "sine",
  clockError: 0,
  jitter: 0,
  repeatedShare: 0,
  panelMs: 0,
  gain: 1,
  ambientStep: 0,
  drift: 0,
  inverted: false,
  startsMidFrame: false,
  lostShare: 0,
  addedShare: 0,
};

/** No two crystals agree, and mains is not quite at its frequency. */
const CRYSTAL_ERROR = 200e-6;
const MAINS_ERROR = 0.002;
const DRIFT_HZ = 0.25;
const SILENCE_BEFORE_S = 0.5;
const SILENCE_AFTER_S = 1;
const SHORTEST_SYMBOL = 0.2;

/** An emission on the receiver's clock, which starts at 0; dark before and after. */
export interface Timeline {
  readonly drives: Float64Array;
  /** Seconds at which each piece begins; one more, the end of the last. */
  readonly begins: Float64Array;
  /** What panel and sensor make of the drive, at the same times. */
  readonly levels: Float64Array;
  readonly panelS: number;
}

export function timelineOf(emission: Emission, impairments: Impairments, seed: number): Timeline {
  const { pieces } = emission;
  const drives = Float64Array.from(pieces, ({ drive }) => drive);
  const begins = beginsOf(emission, impairments, seed);
  const panelS = impairments.panelMs / 1000;
  const levels = new Float64Array(pieces.length + 1);
  for (let i = 0; i < pieces.length; i++)
    levels[i + 1] = settle(levels[i]!, drives[i]!, begins[i + 1]! - begins[i]!, panelS);
  return { drives, begins, levels, panelS };
}

function beginsOf({ pieces, passes }: Emission, impairments: Impairments, seed: number): Float64Array {
  const [start, jitter, repeats] = [chance(seed, "start"), chance(seed, "jitter"), chance(seed, "repeats")];
  const clock = 1 + clockErrorOf(impairments, seed);
  const begins = new Float64Array(pieces.length + 1);
  for (const [i, { seconds }] of pieces.entries()) {
    const wander = Math.max(SHORTEST_SYMBOL, 1 + impairments.jitter * gaussian(jitter));
    const shown = repeats.fraction() < impairments.repeatedShare ? 2 : 1;
    begins[i + 1] = begins[i]! + seconds * clock * wander * shown;
  }
  const firstPassS = begins[pieces.length]! / passes;
  const at = start.fraction();
  const offset = impairments.startsMidFrame ? -at * firstPassS : SILENCE_BEFORE_S * (1 + at);
  return begins.map((begin) => begin + offset);
}

function clockErrorOf({ clockError }: Impairments, seed: number): number {
  const random = chance(seed, "clock");
  return between(random, -CRYSTAL_ERROR, CRYSTAL_ERROR) + (random.fraction() < 0.5 ? -clockError : clockError);
}

/** A first-order lag after `seconds`. */
export const settle = (level: number, drive: number, seconds: number, panelS: number): number =>
  panelS > 0 ? drive + (level - drive) * Math.exp(-seconds / panelS) : drive;

/** What a converter saw, and what a genie may know of it. */
export interface SampledLight {
  readonly sampleHz: number;
  readonly samples: Uint8Array;
  readonly timeline: Timeline;
  /** The sample, 0 to 255, that a level of the panel gives at a time in seconds, but for ripple and noise. */
  expected(level: number, s: number): number;
}

export function sampleLight(
  emission: Emission,
  impairments: Impairments,
  sampleHz: number,
  seed: number,
): SampledLight {
  const timeline = timelineOf(emission, impairments, seed);
  const { drives, begins, levels, panelS } = timeline;
  const endS = begins[drives.length]!;
  const roomAt = roomOf(impairments, seed, endS);
  const rippleAt = rippleOf(impairments, seed);
  const noise = chance(seed, "noise");
  const samples = new Uint8Array(Math.ceil((endS + SILENCE_AFTER_S) * sampleHz));
  let piece = -1;
  for (let k = 0; k < samples.length; k++) {
    const s = k / sampleHz;
    while (piece < drives.length && s >= (begins[piece + 1] ?? Infinity)) piece++;
    const level = piece < 0 ? 0 : settle(levels[piece]!, drives[piece] ?? 0, s - begins[piece]!, panelS);
    const unwanted = rippleAt(s) + impairments.noise * gaussian(noise);
    samples[k] = convert(level + roomAt(s) + unwanted, impairments);
  }
  return { sampleHz, samples, timeline, expected: (level, s) => convert(level + roomAt(s), impairments) };
}

/** Light in parts of the swing, over the dark level, to a converter's value. */
function convert(light: number, { ambient, swing, gain, inverted }: Impairments): number {
  const value = Math.round(Math.min(1, Math.max(0, gain * (ambient + swing * light))) * 255);
  return inverted ? 255 - value : value;
}

/** What the room adds, by seconds, in parts of the swing. */
function roomOf({ ambientStep, drift }: Impairments, seed: number, endS: number): (s: number) => number {
  const random = chance(seed, "ambient");
  const stepS = between(random, 0, endS);
  const phase = between(random, 0, 2 * Math.PI);
  return (s) => (s > stepS ? ambientStep : 0) + drift * Math.sin(2 * Math.PI * DRIFT_HZ * s + phase);
}

function rippleOf({ ripple, rippleShape, mainsHz }: Impairments, seed: number): (s: number) => number {
  const random = chance(seed, "ripple");
  const phase = between(random, 0, 2 * Math.PI);
  const turns = 2 * Math.PI * mainsHz * between(random, 1 - MAINS_ERROR, 1 + MAINS_ERROR);
  if (rippleShape === "sine") return (s) => (ripple / 2) * Math.sin(turns * s + phase);
  return (s) => ripple * (Math.abs(Math.sin((turns * s + phase) / 2)) - 2 / Math.PI);
}

/** What a comparator's time stamps say. */
export interface EdgeLight {
  /** Microseconds between events, positive for a lit run, negative for a dark one. */
  readonly runs: Int32Array;
  readonly inverted: boolean;
  readonly timeline: Timeline;
}

interface Edge {
  readonly us: number;
  /** The level that ended here. */
  readonly sign: 1 | -1;
}

export function edgesOf(emission: Emission, impairments: Impairments, seed: number): EdgeLight {
  const timeline = timelineOf(emission, impairments, seed);
  const random = chance(seed, "edges");
  const edges = crossings(timeline, impairments.inverted ? -1 : 1);
  const seen = cut(miss(edges, impairments.lostShare, random), impairments.addedShare, chance(seed, "noise"));
  let last = 0;
  const runs = Int32Array.from(seen, ({ us, sign }) => {
    const run = sign * (us - last);
    last = us;
    return run;
  });
  return { runs, inverted: impairments.inverted, timeline };
}

/** Where the light passes half its swing, after time 0; before the emission it is dark. */
function crossings({ drives, begins, levels, panelS }: Timeline, upright: 1 | -1): Edge[] {
  const edges: Edge[] = [];
  let lit = false;
  for (let i = 0; i < drives.length; i++) {
    const drive = drives[i]!;
    if (drive > 0.5 === lit) continue;
    const delayS = panelS > 0 ? panelS * Math.log(Math.max(1, (drive - levels[i]!) / (drive - 0.5))) : 0;
    const s = begins[i]! + delayS;
    if (s >= begins[i + 1]!) continue;
    if (s > 0) edges.push({ us: Math.round(s * 1e6), sign: lit ? upright : (-upright as 1 | -1) });
    lit = drive > 0.5;
  }
  return edges;
}

const miss = (edges: readonly Edge[], share: number, random: Random): Edge[] =>
  edges.filter(() => random.fraction() >= share);

function cut(edges: readonly Edge[], share: number, random: Random): Edge[] {
  return edges.flatMap((edge, i) => {
    const [chosen, where] = [random.fraction(), random.fraction()];
    if (chosen >= share) return [edge];
    const from = edges[i - 1]?.us ?? 0;
    return [{ us: Math.round(from + (edge.us - from) * where), sign: edge.sign }, edge];
  });
}
