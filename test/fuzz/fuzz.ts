// SPDX-License-Identifier: Apache-2.0
// npm run fuzz: whatever reads bytes from outside, given bytes that nobody meant.
import { Command } from "commander";
import { wholeNumber } from "../../bench/options.js";
import type { Outcome } from "./run.js";
import { findTarget, rerunLine, TARGETS } from "./run.js";
import type { Target } from "./target.js";
import type { Job } from "./worker.js";
import type { Hung } from "./workers.js";
import { runJobs } from "./workers.js";

interface Options {
  readonly runs: number;
  readonly first: number;
  readonly seed: number;
  readonly target: string[];
}

const EXIT_WRONG_USE = 2;
/** What a target may keep for good, however long it runs. */
const GROWTH_LIMIT_BYTES = 16 * 1024 * 1024;
const HANG_RUNS = 1000;

await new Command("npm run fuzz --")
  .description("damaged light, flash pages, messages and texts, and what each reader makes of them")
  .option("--runs <n>", "runs, over all targets", wholeNumber("--runs", 1, 1e9), 1_000_000)
  .option("--first <n>", "number of the first run of each target", wholeNumber("--first", 0, 1e9), 0)
  .option("--seed <n>", "the same seed is the same inputs", wholeNumber("--seed", 1, 2 ** 31 - 1), 1)
  .option("--target <name...>", `only these of ${TARGETS.map(({ name }) => name).join(", ")}`, [])
  .exitOverride(({ exitCode }) => process.exit(exitCode && EXIT_WRONG_USE))
  .action(run)
  .parseAsync();

async function run({ runs, first, seed, target: names }: Options, command: Command): Promise<void> {
  const unknown = names.find((name) => !findTarget(name));
  if (unknown)
    command.error(`error: there is no target ${unknown}; there are ${TARGETS.map(({ name }) => name).join(", ")}.`);
  const targets = TARGETS.filter(({ name }) => !names.length || names.includes(name));
  const all = targets.reduce((sum, { weight }) => sum + weight, 0);
  const jobs = targets.map(({ name, weight }: Target): Job => {
    return { target: name, seed, first, runs: Math.max(1, Math.round((runs * weight) / all)) };
  });
  print("target              runs   runs/s  accepted  heap growth");
  let [total, failed] = [0, 0];
  await runJobs(jobs, (end) => {
    const faults = faultsOf(end, seed);
    if ("runs" in end) print(rowOf(end));
    total += "runs" in end ? end.runs : 0;
    failed += faults.length;
    faults.forEach(print);
  });
  print(`${total} runs, ${failed} failed, seed ${seed}`);
  process.exitCode = failed ? 1 : 0;
}

function rowOf({ target, runs, accepted, seconds, growth }: Outcome): string {
  const rate = Math.round(runs / Math.max(seconds, 1e-3));
  const share = `${((100 * accepted) / runs).toFixed(1)} %`;
  const heap = `${(growth / 1024 / 1024).toFixed(1)} MiB`;
  return [
    target.padEnd(14),
    ...[runs, rate, share, heap].map((cell, i) => String(cell).padStart(i === 1 ? 9 : 10)),
  ].join("");
}

function faultsOf(end: Outcome | Hung, seed: number): string[] {
  if (!("runs" in end))
    return [`  ${end.target}: no end behind run ${end.next}\n    ${rerunLine(end.target, seed, end.next, HANG_RUNS)}`];
  const { target, failure, growth, runs } = end;
  const faults: string[] = [];
  if (failure)
    faults.push(
      `  ${target}, run ${failure.run}: ${failure.why}\n    ${rerunLine(target, seed, failure.run)}\n    input ${failure.input}`,
    );
  if (growth > GROWTH_LIMIT_BYTES)
    faults.push(`  ${target}: the heap grew by ${growth} bytes\n    ${rerunLine(target, seed, 0, runs)}`);
  return faults;
}

function print(line: string): void {
  process.stdout.write(line + "\n");
}
