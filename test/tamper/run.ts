// SPDX-License-Identifier: Apache-2.0
// Runs a share of the points of every family, and says what failed and how to run that again.
import type { Family, Report } from "./family.js";
import { bits } from "./bits.js";
import { line } from "./line.js";
import { malformed } from "./malformed.js";
import { replays } from "./replays.js";
import { swaps } from "./swaps.js";
import { tokens } from "./tokens.js";

export const FAMILIES: readonly Family[] = [bits, tokens, replays, swaps, malformed, line];

export interface Selection {
  readonly seed: number;
  /** Of `of` equal shares the `part`-th, from 1. */
  readonly part: number;
  readonly of: number;
  /** These alone, each "family:point". */
  readonly only: readonly string[];
}

export interface Tally {
  readonly family: string;
  readonly run: number;
  readonly all: number;
  /** "family:point: why" */
  readonly failures: readonly { readonly point: string; readonly why: string }[];
}

export async function runFamily(family: Family, selection: Selection): Promise<Tally> {
  const { seed } = selection;
  const all = await family.points(seed);
  const wanted = new Set(selected(family, all, selection));
  const failures: { point: string; why: string }[] = [];
  let [run, last] = [0, ""];
  const report: Report = (point, why) => {
    run++;
    last = point;
    if (why) failures.push({ point: `${family.name}:${point}`, why });
  };
  try {
    if (wanted.size) await family.run(wanted, seed, report);
    if (run !== wanted.size) throw new Error(`${run} points were run of ${wanted.size}`);
  } catch (error) {
    // The life did not go on: what was done last is to be looked at first.
    const why = `what came behind it failed: ${(error as Error).message}`;
    failures.push({ point: `${family.name}:${last}`, why });
  }
  return { family: family.name, run, all: all.length, failures };
}

function selected({ name }: Family, all: readonly string[], { part, of, only }: Selection): readonly string[] {
  if (only.length) return all.filter((point) => only.includes(`${name}:${point}`));
  return all.filter((_, index) => index % of === part - 1);
}

/** The line that runs exactly this point again. */
export const rerunLine = (point: string, seed: number): string =>
  `npm run test:tamper -- --seed ${seed} --point '${point}'`;
