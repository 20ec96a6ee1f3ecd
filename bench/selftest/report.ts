// SPDX-License-Identifier: Apache-2.0
// A self-test's outcome, for people and for programs.
import { formatTable } from "../table.js";
import type { Attempt, PhaseResult, Value } from "./results.js";
import { isBad } from "./results.js";
import type { SelfTestReport } from "./self-test.js";

const WORDS: { readonly [outcome in PhaseResult["outcome"]]: string } = {
  passed: "passed",
  marginal: "passed, near a limit",
  failed: "FAILED",
  error: "FAILED with an error",
  timeout: "FAILED, no end",
  hung: "FAILED, hung",
  absent: "not on this board",
  skipped: "skipped",
};

/** 0; 1 when a phase failed or did not run for a lost board; with `strict` when one is near a limit too. */
export function exitCodeOf({ phases, lost }: SelfTestReport, strict: boolean): number {
  const isFine = (phase: PhaseResult) => !isBad(phase) && !(strict && phase.outcome === "marginal");
  return phases.every(isFine) && !lost ? 0 : 1;
}

export function jsonOf({ identity, phases, lost, seconds }: SelfTestReport): object {
  return {
    ...identity,
    seconds: Math.round(seconds * 10) / 10,
    ...counts(phases),
    phases: phases.map(({ name, outcome, attempts }) => ({ name, outcome, attempts: attempts.map(attemptJson) })),
    errors: lost ? [{ code: lost.code, message: lost.message }] : [],
  };
}

const attemptJson = ({ outcome, lines, values }: Attempt): object => ({
  outcome,
  lines,
  // JSON has no number that is none.
  measurements: values.map((value) => ({ ...value, value: Number.isFinite(value.value) ? value.value : null })),
});

function counts(phases: readonly PhaseResult[]): { passed: number; failed: number; notRun: number } {
  const failed = phases.filter(isBad).length;
  const notRun = phases.filter(({ outcome }) => outcome === "absent" || outcome === "skipped").length;
  return { passed: phases.length - failed - notRun, failed, notRun };
}

export function wordsOf(report: SelfTestReport): string {
  const { identity, phases, seconds } = report;
  const { passed, failed, notRun } = counts(phases);
  const rows = phases.flatMap(({ name, attempts }) => attempts.flatMap((attempt, i) => rowsOf(name, attempt, i)));
  return [
    `Espruino ${identity.firmware} for ${identity.chip}`,
    formatTable([["phase", "outcome", "measured", "limits"], ...rows]),
    `${passed} passed, ${failed} failed, ${notRun} not run, in ${seconds.toFixed(1)} s`,
  ].join("\n");
}

/** Every attempt, what it measured, what it said. */
function rowsOf(phase: string, { outcome, lines, values }: Attempt, earlier: number): string[][] {
  const rows = values.map((value) => ["", "", measuredWords(value), limitWords(value)]);
  for (const line of lines) rows.push(["", "", line.replace(`${phase}: `, "").replace(`${WORDS.absent}: `, ""), ""]);
  const [first = ["", "", "", ""], ...others] = rows;
  const name = earlier ? `${phase}, again` : phase;
  return [[name, WORDS[outcome], first[2] as string, first[3] as string], ...others];
}

const measuredWords = ({ name, unit, value, verdict }: Value): string =>
  `${name} ${rounded(value)}${unit === "1" ? "" : ` ${unit}`}${verdict === "outside" ? " !" : verdict === "marginal" ? " ~" : ""}`;

function limitWords({ min, max }: Value): string {
  if (min === undefined && max === undefined) return "";
  if (min === max) return `${min}`;
  return min === undefined ? `to ${max}` : max === undefined ? `from ${min}` : `${min} to ${max}`;
}

/** What is nothing but rounding is nothing. */
const LEAST = 1e-6;

const rounded = (value: number): string => (Math.abs(value) < LEAST ? "0" : String(Number(value.toPrecision(4))));
