// SPDX-License-Identifier: Apache-2.0
// What a campaign came to, for people and as JSON; every failure with the line that reruns it.
import type { Outcome } from "./trial.js";

export interface Facts {
  readonly points: number;
  readonly faults: number;
  readonly flashOperations: number;
  readonly messages: number;
  readonly images: number;
  readonly foundBefore: number;
  readonly seconds: number;
}

export function factsOf(outcomes: readonly Outcome[], seconds: number): Facts {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    points: outcomes.length,
    faults: sum(({ faults }) => faults),
    flashOperations: sum(({ extent }) => extent.flash),
    messages: sum(({ extent }) => extent.message),
    images: sum(({ images }) => images),
    foundBefore: sum(({ foundBefore }) => foundBefore),
    seconds,
  };
}

export const failureLines = (failures: readonly Outcome[], command: string): string[] =>
  failures.flatMap(({ point, problems }) => [
    ...problems.map((problem) => `${point}: ${problem}`),
    `  npm run ${command} -- --point ${point}`,
  ]);

/** How many points are done, where somebody looks. */
export function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} points`);
}

export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}
