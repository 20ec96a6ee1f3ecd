// SPDX-License-Identifier: Apache-2.0
// Targets over all cores, each in a process that is ended when its runs do not.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Outcome } from "./run.js";
import type { Job, Word } from "./worker.js";

/** A thousand runs take a second or two; those of the server ten. */
const HANG_MS = 60_000;

export interface Hung {
  readonly target: string;
  /** The first of the thousand that did not end. */
  readonly next: number;
}

/** `take` gets each end as it comes. */
export async function runJobs(jobs: readonly Job[], take: (end: Outcome | Hung) => void): Promise<void> {
  const queue = [...jobs];
  const cores = Math.min(availableParallelism(), jobs.length);
  const drain = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) take(await runJob(job));
  };
  await Promise.all(Array.from({ length: cores }, drain));
}

/** A process each: what one target leaves in the heap is not laid at the next one's door. */
function runJob(job: Job): Promise<Outcome | Hung> {
  const worker = fork(new URL("worker.ts", import.meta.url), { execArgv: [...process.execArgv, "--expose-gc"] });
  return new Promise((resolve, reject) => {
    let next = job.first;
    let timer = watch();
    function watch(): NodeJS.Timeout {
      return setTimeout(() => end(worker, () => resolve({ target: job.target, next })), HANG_MS);
    }
    worker.on("message", (word: Word) => {
      clearTimeout(timer);
      if ("outcome" in word) end(worker, () => resolve(word.outcome));
      else {
        next = word.next;
        timer = watch();
      }
    });
    worker.on("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`test/fuzz/worker.ts ended with ${code}: ${job.target} behind run ${next}`));
    });
    worker.send(job);
  });
}

function end(worker: ChildProcess, then: () => void): void {
  worker.removeAllListeners("exit");
  worker.on("exit", then);
  worker.kill("SIGKILL");
}
