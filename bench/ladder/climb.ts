// SPDX-License-Identifier: Apache-2.0
// All rungs over all cores, in the rungs' order.
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
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
  const queue = rungs.map(({ id }): Climb => ({ id, seeds }));
  const cores = Math.min(availableParallelism(), rungs.length);
  const take = (climbed: Climbed) => {
    const { id, ...tally } = climbed;
    tallies.set(id, tally);
    progress(tallies.size);
  };
  await Promise.all(Array.from({ length: cores }, () => drain(queue, take)));
  return rungs.map((rung) => ({ rung, ...(tallies.get(rung.id) as Tally) }));
}

/** One core's work: the next of the queue, until there is none. A process, since tsx does not reach into worker threads. */
function drain(queue: Climb[], take: (climbed: Climbed) => void): Promise<void> {
  const worker = fork(new URL("worker.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const next = () => {
      const job = queue.shift();
      if (job) worker.send(job);
      else worker.disconnect();
    };
    worker.on("exit", (code) => (code ? reject(new Error(`bench/ladder/worker.ts ended with ${code}`)) : resolve()));
    worker.on("message", (climbed: Climbed) => {
      take(climbed);
      next();
    });
    next();
  });
}
