// SPDX-License-Identifier: Apache-2.0
// Work over all cores: a process each, since tsx does not reach into worker threads.
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/**
 * Hands the jobs to processes of `script`, the next whenever one is free. A process says READY once, and then answers
 * each message with one. In the order in which they are done.
 */
export async function onEveryCore<Job extends string | object, Done>(
  script: URL,
  jobs: readonly Job[],
  take: (done: Done) => void,
): Promise<void> {
  const queue = [...jobs];
  const cores = Math.min(availableParallelism(), queue.length);
  await Promise.all(Array.from({ length: cores }, () => drain(script, queue, take)));
}

export const READY = "ready";

function drain<Job extends string | object, Done>(
  script: URL,
  queue: Job[],
  take: (done: Done) => void,
): Promise<void> {
  const worker = fork(script);
  return new Promise((resolve, reject) => {
    let job: Job | undefined;
    worker.on("exit", (code) => {
      const what = `${fileURLToPath(script)} ended with ${code} at ${JSON.stringify(job)}`;
      if (code) reject(new Error(what));
      else resolve();
    });
    worker.on("message", (done: Done | typeof READY) => {
      if (done !== READY) take(done);
      job = queue.shift();
      if (job) worker.send(job);
      else worker.disconnect();
    });
  });
}
