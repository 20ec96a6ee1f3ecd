// SPDX-License-Identifier: Apache-2.0
// Runs the targets that it is told, one after the other; a process of its own, so that one that hangs can be ended.
import type { Outcome, Stretch } from "./run.js";
import { findTarget, runTarget } from "./run.js";
import type { Target } from "./target.js";

export interface Job extends Stretch {
  readonly target: string;
}

/** The run that is next, or what became of all. */
export type Word = { readonly next: number } | { readonly outcome: Outcome };

process.on("message", (job: Job) => {
  const say = (word: Word): void => void process.send?.(word);
  void runTarget(findTarget(job.target) as Target, job, (next) => say({ next })).then((outcome) => say({ outcome }));
});
