// SPDX-License-Identifier: Apache-2.0
// Kept figures of one rung a waveform, near its knee, where the receiver shows first that it became worse; and of a room that moves and a
// sender that jitters, which noise says nothing of.
import { readFileSync, writeFileSync } from "node:fs";
import type { Result } from "./climb.js";
import { laddersOf } from "./report.js";

/** A rung's id, and frames received, of so many. */
export interface Kept {
  readonly id: string;
  readonly seeds: number;
  readonly received: number;
}

const FILE = new URL("baseline.json", import.meta.url);
export const BASELINE_LADDERS = [
  "tri-level/60/noise",
  "bi-level/60/noise",
  "burst/120/noise",
  "burst-edges/1000/lost",
  "ternary/60/noise",
  "tri-level/60@400/noise",
  "burst/120@400/noise",
  "bi-level/40/drift",
  "burst/60/step",
  "ternary/60/drift",
  "bi-level/60/jitter",
  "burst/120/jitter",
];
/** Share of frames received at the knee: most, but enough are lost that a change shows. Of several as near it is the hardest. */
const KNEE = 0.93;

export const readBaseline = (): readonly Kept[] => JSON.parse(readFileSync(FILE, "utf8")) as Kept[];

/** All ladders of the baseline must be among the results. */
export function saveBaseline(results: readonly Result[]): void {
  const ladders = new Map(laddersOf(results));
  const kept = BASELINE_LADDERS.map((name) => {
    const ladder = ladders.get(name);
    if (!ladder) throw new Error(`saveBaseline: ${name} was not climbed`);
    return kneeOf(ladder);
  });
  writeFileSync(FILE, JSON.stringify(kept, null, 2) + "\n");
}

function kneeOf(ladder: readonly Result[]): Kept {
  const off = ({ received, seeds }: Result) => Math.abs(received / seeds - KNEE);
  const { rung, seeds, received } = ladder.reduce((best, result) => (off(result) <= off(best) ? result : best));
  return { id: rung.id, seeds, received };
}
