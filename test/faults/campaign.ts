// SPDX-License-Identifier: Apache-2.0
// Which points a run visits, and how they come over all cores.
import { onEveryCore } from "../../bench/on-every-core.js";
import { Random } from "../../bench/line/random.js";
import { Factory } from "./factory.js";
import type { Extent, Fault, Point, Story } from "./fault.js";
import { everyFault, formatPoint, parsePoint, singles, STORIES } from "./fault.js";
import type { Outcome } from "./trial.js";
import { runTrial } from "./trial.js";

/** All of the first, some of the second. */
export async function singlesAndPairs(pairs: number, seed: number): Promise<Point[]> {
  return [...(await everySingle()), ...(await somePairs(pairs, seed))];
}

/** Each story without a fault, then every single fault. */
export async function everySingle(): Promise<Point[]> {
  const extents = await measureStories();
  return STORIES.flatMap((story) => [{ story, faults: [] }, ...singles(story, extents[story])]);
}

/** Pairs drawn by a seed: the second is counted from the first, so it may strike the way back. No two are the same. */
export async function somePairs(count: number, seed: number): Promise<Point[]> {
  const extents = await measureStories();
  const random = new Random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)] as T;
  const pairs = new Map<string, Point>();
  while (pairs.size < count) {
    const story = pick(STORIES);
    const faults: Fault[] = [pick(everyFault(extents[story])), pick(everyFault(extents[story]))];
    pairs.set(formatPoint({ story, faults }), { story, faults });
  }
  return [...pairs.values()];
}

async function measureStories(): Promise<{ readonly [story in Story]: Extent }> {
  const factory = await Factory.open();
  const entries: [Story, Extent][] = [];
  for (const story of STORIES) entries.push([story, (await runTrial(factory, { story, faults: [] })).extent]);
  await factory.close();
  return Object.fromEntries(entries) as { [story in Story]: Extent };
}

/** One point in this process. */
export async function runAlone(point: string): Promise<Outcome> {
  const factory = await Factory.open();
  try {
    return await runTrial(factory, parsePoint(point));
  } finally {
    await factory.close();
  }
}

/** In any order: a process a core, since each needs a server of its own. `progress` hears of each point that is done. */
export async function runAll(points: readonly Point[], progress: (done: number) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await onEveryCore(new URL("worker.ts", import.meta.url), points.map(formatPoint), (outcome: Outcome) => {
    outcomes.push(outcome);
    progress(outcomes.length);
  });
  return outcomes;
}
