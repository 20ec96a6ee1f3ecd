// SPDX-License-Identifier: Apache-2.0
// All rungs over all cores, in the rungs' order.
import { onEveryCore } from "../on-every-core.js";
import type { Rung } from "./rungs.js";
import type { Seeds, Tally } from "./trial.js";
import type { Climb, Climbed } from "./worker.js";

export interface Result extends Tally {
  readonly rung: Rung;
}

/** `progress` hears of every rung that is done. */
export async function climb(
  rungs: readonly Rung[],
  seeds: Seeds,
  progress: (done: number) => void,
): Promise<readonly Result[]> {
  const tallies = new Map<string, Tally>();
  const jobs = rungs.map(({ id }): Climb => ({ id, seeds }));
  const take = (climbed: Climbed) => {
    const { id, ...tally } = climbed;
    tallies.set(id, tally);
    progress(tallies.size);
  };
  await onEveryCore(new URL("worker.ts", import.meta.url), jobs, take);
  return rungs.map((rung) => ({ rung, ...(tallies.get(rung.id) as Tally) }));
}
