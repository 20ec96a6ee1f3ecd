// SPDX-License-Identifier: Apache-2.0
// Runs of a comparator as text: signed microseconds.

const LONGEST_RUN_US = 2 ** 31 - 1;

export const RUNS_ALLOWED = "must list runs in microseconds, lit ones above zero, dark ones below, none zero";

/** A whole number of microseconds, at least one; undefined for what is no run. Nobody tells apart what lasts longer than half an hour. */
export function runOf(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value) || value === 0) return undefined;
  const length = Math.min(LONGEST_RUN_US, Math.max(1, Math.round(Math.abs(value))));
  return value < 0 ? -length : length;
}
