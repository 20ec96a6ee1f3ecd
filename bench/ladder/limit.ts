// SPDX-License-Identifier: Apache-2.0
// The theoretical limit: a genie that knows the waveform, every symbol's time, all levels, and all bits but the one that it decides.
//
// Of samples it is a matched filter for the difference that the bit makes: no receiver decides a bit better in Gaussian noise.
// Ripple and noise it does not know. Of edges it compares the light that they tell of with what either bit would have shown.
import type { Choice, Piece, Sent } from "./emission.js";
import type { EdgeLight, SampledLight, Timeline } from "./impairments.js";
import { settle } from "./impairments.js";

/** A panel's tail below this makes no difference. */
const NO_DIFFERENCE = 0.01;
/** Of microseconds: less is a tie, whose byte is as good as missing. */
const TIE_US = 1;
/** Unit intervals. */
const SHORTEST_MERGED = 1.5;

export function limitOfSamples(sent: Sent, light: SampledLight): boolean {
  return isCorrectable(sent, (choice) => samplesSpeakFor(choice, light));
}

export function limitOfEdges(sent: Sent, { runs, timeline, inverted }: EdgeLight): boolean {
  const story = tell(inverted ? runs.map((run) => -run) : runs, (sent.emission.pieces[0] as Piece).seconds * 1e6);
  return isCorrectable(sent, (choice) => edgesSpeakFor(choice, timeline, story));
}

/** Bits of all passes add up; two wrong bytes cost the parity what four missing ones do. */
function isCorrectable({ frame, correctableBytes, emission }: Sent, speaksFor: (choice: Choice) => number): boolean {
  const evidence = new Float64Array(frame.length * 8);
  for (const choice of emission.choices) evidence[choice.bit] += speaksFor(choice);
  let cost = 0;
  for (let at = 0; at < evidence.length; at += 8) {
    const bits = evidence.subarray(at, at + 8);
    cost += bits.some((bit) => bit < 0) ? 2 : bits.some((bit) => bit === 0) ? 1 : 0;
  }
  return cost <= 2 * correctableBytes;
}

/** How much likelier the samples make the bit that was sent than the other, in any unit. */
function samplesSpeakFor({ at, other }: Choice, { sampleHz, samples, timeline, expected }: SampledLight): number {
  const { drives, begins, levels, panelS } = timeline;
  if (begins[at]! < 0) return 0;
  let evidence = 0;
  let level = levels[at]!;
  for (let i = at; i < drives.length; i++) {
    const [from, to] = [begins[i]!, begins[i + 1]!];
    const drive = other[i - at] ?? drives[i]!;
    for (let k = Math.ceil(from * sampleHz); k < to * sampleHz; k++) {
      const s = k / sampleHz;
      const sent = expected(settle(levels[i]!, drives[i]!, s - from, panelS), s);
      const unsent = expected(settle(level, drive, s - from, panelS), s);
      evidence += (samples[k]! - (sent + unsent) / 2) * (sent - unsent);
    }
    level = settle(level, drive, to - from, panelS);
    if (i - at >= other.length - 1 && Math.abs(level - levels[i + 1]!) < NO_DIFFERENCE) break;
  }
  return evidence;
}

/** Light in stretches: 1 lit, -1 dark, 0 where it may be either. */
interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly light: number;
}

/**
 * Two runs of one sign: when the second is short, an edge was made up between them. Else one was missed: the second began with a unit
 * interval of the other light, ended with one of its own, and between the two nothing is known.
 */
function tell(runs: Int32Array, unitUs: number): Stretch[] {
  let us = 0;
  return Array.from(runs).flatMap((run, i) => {
    const [fromUs, light] = [us, Math.sign(run)];
    us += Math.abs(run);
    const isSeen = i === 0 || light !== Math.sign(runs[i - 1]!) || us - fromUs < SHORTEST_MERGED * unitUs;
    if (isSeen) return [{ fromUs, toUs: us, light }];
    const [first, last] = [fromUs + unitUs, us - unitUs];
    return [
      { fromUs, toUs: first, light: -light },
      { fromUs: first, toUs: last, light: 0 },
      { fromUs: last, toUs: us, light },
    ].filter((stretch) => stretch.toUs > stretch.fromUs);
  });
}

/** Microseconds by which the edges tell of the bit that was sent rather than of the other. */
function edgesSpeakFor({ at, other }: Choice, { drives, begins }: Timeline, story: readonly Stretch[]): number {
  if (begins[at]! < 0) return 0;
  let evidence = 0;
  for (const [i, unsent] of other.entries()) {
    const difference = (drives[at + i]! - unsent) / 2;
    evidence += difference * lightBetween(begins[at + i]! * 1e6, begins[at + i + 1]! * 1e6, story);
  }
  return Math.abs(evidence) < TIE_US ? 0 : evidence;
}

function lightBetween(fromUs: number, toUs: number, story: readonly Stretch[]): number {
  let light = 0;
  for (let i = firstAfter(fromUs, story); i < story.length && story[i]!.fromUs < toUs; i++) {
    const stretch = story[i]!;
    light += stretch.light * (Math.min(toUs, stretch.toUs) - Math.max(fromUs, stretch.fromUs));
  }
  return light;
}

/** The first stretch that ends after a time. */
function firstAfter(us: number, story: readonly Stretch[]): number {
  let [low, high] = [0, story.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (story[middle]!.toUs > us) high = middle;
    else low = middle + 1;
  }
  return low;
}
