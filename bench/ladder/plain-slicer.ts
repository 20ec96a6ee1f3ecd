// SPDX-License-Identifier: Apache-2.0
// The peer: what a weekend's receiver does. It is told the waveform; its threshold lies half way between the darkest and the
// brightest sample of the whole capture; run lengths are rounded by a rate that the preamble gives. No filter, no tracking, no
// second thought. It shares no code with the receiver.
import type { Waveform } from "./emission.js";
import { TERNARY_GREY } from "./emission.js";
import type { EdgeLight, SampledLight } from "./impairments.js";

/** In samples or microseconds: positive lit, negative dark. */
type Runs = readonly number[];

const PREAMBLE_RUNS = 12;
/** From a first preamble's run on, the start word is as near as this. */
const START_WITHIN_RUNS = 64;
/** Runs of one length differ by less than this part of it. */
const ALIKE = 0.3;
/** A longer run, in symbols, ends a frame. */
const LONGEST_RUN = 20;

const BI_LEVEL_START = "00101010";
const BURST_START = "11100010";
const TERNARY_START = "0010110111010100";
const TRI_LEVEL_START = /0{8}00101010/;

/** The frame's bytes, from its first bit to the end of the light; undefined without a start. */
export function plainSamples(waveform: Waveform, { samples }: SampledLight): Uint8Array | undefined {
  if (waveform === "tri-level") return triLevel(samples);
  if (waveform === "ternary") return ternary(samples);
  return plainRuns(waveform, runsOf(samples));
}

export const plainEdges = (waveform: Waveform, { runs }: EdgeLight): Uint8Array | undefined =>
  plainRuns(waveform, Array.from(runs));

/** Clocked two-level light. */
function plainRuns(waveform: Waveform, runs: Runs): Uint8Array | undefined {
  const start = waveform === "burst" ? BURST_START : BI_LEVEL_START;
  for (let at = 0; at + PREAMBLE_RUNS < runs.length; at++) {
    const unit = unitOf(runs.slice(at, at + PREAMBLE_RUNS));
    if (!unit || !symbolsOf(runs.slice(at, at + START_WITHIN_RUNS), unit).includes(start)) continue;
    const symbols = symbolsOf(runs.slice(at), unit);
    const from = symbols.indexOf(start);
    return bytesOf(waveform === "burst" ? manchester(symbols.slice(from + start.length)) : symbols.slice(from));
  }
  return undefined;
}

function levelsOf(samples: Uint8Array): { least: number; greatest: number } {
  const sorted = Uint8Array.from(samples).sort();
  return { least: sorted[0] ?? 0, greatest: sorted.at(-1) ?? 0 };
}

function runsOf(samples: Uint8Array): Runs {
  const { least, greatest } = levelsOf(samples);
  const runs: number[] = [];
  for (const sample of samples) {
    const sign = sample > (least + greatest) / 2 ? 1 : -1;
    const last = runs.length - 1;
    if (last >= 0 && Math.sign(runs[last]!) === sign) runs[last]! += sign;
    else runs.push(sign);
  }
  return runs;
}

/** Mean length of runs that are alike, else 0. */
function unitOf(runs: Runs): number {
  const unit = runs.reduce((sum, run) => sum + Math.abs(run), 0) / runs.length;
  return runs.every((run) => Math.abs(Math.abs(run) - unit) < ALIKE * unit) ? unit : 0;
}

/** "1" for a lit symbol, "0" for a dark one, until the light falls silent. */
function symbolsOf(runs: Runs, unit: number): string {
  let symbols = "";
  for (const run of runs) {
    const count = Math.round(Math.abs(run) / unit);
    symbols += (run > 0 ? "1" : "0").repeat(Math.min(LONGEST_RUN, count));
    if (count > LONGEST_RUN) break;
  }
  return symbols;
}

/** The second half of each pair is the bit. */
const manchester = (symbols: string): string => symbols.replace(/.(.)/g, "$1");

/** Each pulse's peak against half way between the faintest and the brightest peak. */
function triLevel(samples: Uint8Array): Uint8Array | undefined {
  const peaks: number[] = [];
  let at = 0;
  for (const run of runsOf(samples)) {
    const end = at + Math.abs(run);
    if (run > 0) peaks.push(Math.max(...samples.subarray(at, end)));
    at = end;
  }
  const middle = (Math.min(...peaks) + Math.max(...peaks)) / 2;
  const bits = peaks.map((peak) => (peak > middle ? "1" : "0")).join("");
  const start = TRI_LEVEL_START.exec(bits);
  return start ? bytesOf(bits.slice(start.index + 8)) : undefined;
}

/** A level counts once two samples agree on it. */
function ternary(samples: Uint8Array): Uint8Array | undefined {
  const { least, greatest } = levelsOf(samples);
  const heights = Array.from(samples, (sample) => (sample - least) / (greatest - least));
  const levels = heights.map((height) => (height > (1 + TERNARY_GREY) / 2 ? 2 : height > TERNARY_GREY / 2 ? 1 : 0));
  let bits = "";
  let last = 0;
  for (let i = 1; i < levels.length; i++) {
    const level = levels[i]!;
    if (level === last || level !== levels[i - 1]) continue;
    bits += (level - last + 3) % 3 === 2 ? "1" : "0";
    last = level;
  }
  const start = bits.indexOf(TERNARY_START);
  return start < 0 ? undefined : bytesOf(bits.slice(start + TERNARY_START.length));
}

const bytesOf = (bits: string): Uint8Array =>
  Uint8Array.from({ length: bits.length >> 3 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8), 2));
