// SPDX-License-Identifier: Apache-2.0
// A capture: what goes into its file, and what is told of it, to programs and to people.
import type { BoardSamples } from "./sampler.js";

/** As test/vectors/README.md has it. */
export type CaptureContent =
  | { readonly kind: "samples"; readonly provenance: string; readonly sampleHz: number; readonly samplesU8: string }
  | { readonly kind: "edges"; readonly provenance: string; readonly runsUs: readonly number[] };

export interface CaptureFacts {
  readonly kind: "samples" | "edges";
  readonly seconds: number;
  /** Nothing is missing. */
  readonly complete: boolean;
  readonly [fact: string]: unknown;
}

export interface Captured {
  readonly content: CaptureContent;
  readonly facts: CaptureFacts;
  /** What is told to people, a line each. */
  readonly lines: readonly string[];
}

export function capturedSamples(
  { samples, sampleHz }: { readonly samples: Uint8Array; readonly sampleHz: number },
  provenance: string,
  board?: BoardSamples,
): Captured {
  const level = { min: least(samples), max: most(samples) };
  const lines = [`level  ${level.min} to ${level.max} of 255`];
  const facts = {
    kind: "samples",
    seconds: samples.length / sampleHz,
    sampleHz,
    samples: samples.length,
    level,
  } as const;
  const content = {
    kind: "samples",
    provenance,
    sampleHz,
    samplesU8: Buffer.from(samples).toString("base64"),
  } as const;
  if (!board) return { content, facts: { ...facts, complete: true }, lines: [rateLine(sampleHz), ...lines] };
  const { ticks, jitterUs, blocks, lostBlocks, askedHz } = board;
  return {
    content,
    facts: { ...facts, askedHz, ticks, jitterUs, blocks, lostBlocks, complete: lostBlocks === 0 },
    lines: [
      `${rateLine(sampleHz)}, ${askedHz} asked for; ticks by ${TICKS[ticks]}`,
      `jitter  ${jitterUs.rms.toFixed(0)} us rms, ${jitterUs.most.toFixed(0)} us at most`,
      `lost  ${lostBlocks} of ${blocks} blocks`,
      ...lines,
    ],
  };
}

export interface SeenEdges {
  /** Microseconds, lit ones above zero; the last is the one that was under way. */
  readonly runs: readonly number[];
  /** Edges came faster than the board could take them; which ones are missing is not known. */
  readonly overflowed: boolean;
}

export function capturedEdges({ runs, overflowed }: SeenEdges, provenance: string): Captured {
  const lengths = runs.map(Math.abs);
  const [shortestUs, longestUs] = [least(lengths), most(lengths)];
  const edges = runs.length - 1;
  return {
    content: { kind: "edges", provenance, runsUs: runs },
    facts: {
      kind: "edges",
      seconds: lengths.reduce((sum, us) => sum + us, 0) / 1e6,
      edges,
      shortestUs,
      longestUs,
      complete: !overflowed,
    },
    lines: [
      `edges  ${edges}${overflowed ? ", and more that came too fast for the board" : ""}`,
      `runs  ${shortestUs} us to ${longestUs} us`,
    ],
  };
}

const TICKS = { timer: "the hardware timer", interval: "setInterval" };

const rateLine = (sampleHz: number): string => `rate  ${Number(sampleHz.toFixed(2))} samples a second`;

const least = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => Math.max(a, b), -Infinity);
