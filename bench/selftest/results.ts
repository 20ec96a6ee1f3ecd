// SPDX-License-Identifier: Apache-2.0
// What a self-test finds: every attempt of every phase, and each value against its limits.
import type { Measurement } from "../build/phases.js";

/** "absent": there is nothing on the board to test. "hung": the board said nothing more, or restarted. */
export type Outcome = "passed" | "marginal" | "failed" | "error" | "timeout" | "absent" | "skipped" | "hung";

/** "free" has no limits. */
export type Verdict = "within" | "marginal" | "outside" | "free";

export interface Value extends Omit<Measurement, "phase"> {
  /** NaN for what was no number. */
  readonly value: number;
  readonly verdict: Verdict;
}

export interface Attempt {
  readonly outcome: Outcome;
  /** What the phase said, and why it did not pass. */
  readonly lines: readonly string[];
  readonly values: readonly Value[];
}

export interface PhaseResult {
  readonly name: string;
  /** Of the last attempt. */
  readonly outcome: Outcome;
  readonly attempts: readonly Attempt[];
}

/** A value whose name has no limits, or is not known, is free. */
export function judge(name: string, value: number, limit: Measurement | undefined): Value {
  const { unit = "1", min, max, marginal } = limit ?? {};
  const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  return {
    name,
    unit,
    value,
    ...bounds,
    ...(marginal !== undefined && { marginal }),
    verdict: verdictOf(value, limit),
  };
}

function verdictOf(value: number, { min, max, marginal = 0 }: Partial<Measurement> = {}): Verdict {
  if (min === undefined && max === undefined) return "free";
  const [low, high] = [value - (min ?? -Infinity), (max ?? Infinity) - value];
  if (!(low >= 0 && high >= 0)) return "outside";
  return low < marginal || high < marginal ? "marginal" : "within";
}

/** What a phase that ended well comes to. */
export function outcomeOf(values: readonly Value[]): Outcome {
  if (values.some(({ verdict }) => verdict === "outside")) return "failed";
  return values.some(({ verdict }) => verdict === "marginal") ? "marginal" : "passed";
}

/** After these nothing is known of what still runs on the board. */
export const leavesTraces = ({ outcome }: PhaseResult): boolean => ["error", "timeout", "hung"].includes(outcome);

/** What the phases after it may build upon. */
export const isGood = ({ outcome }: PhaseResult): boolean => outcome === "passed" || outcome === "marginal";

/** Not run for what the board has not, or for what was not asked, is no failure. */
export const isBad = ({ outcome }: PhaseResult): boolean => ["failed", "error", "timeout", "hung"].includes(outcome);

export const unrun = (name: string, outcome: "absent" | "skipped", why: string): PhaseResult => ({
  name,
  outcome,
  attempts: [{ outcome, lines: [why], values: [] }],
});
