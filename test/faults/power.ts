// SPDX-License-Identifier: Apache-2.0
// npm run test:power: power cut at every flash operation, every message lost, doubled, late, torn or wrong, either side restarting.
import { Command } from "commander";
import { wholeNumber } from "../../bench/options.js";
import { runAll, runAlone, singlesAndPairs } from "./campaign.js";
import { clearProgress, factsOf, failureLines, showProgress } from "./report.js";

interface Options {
  readonly pairs: number;
  readonly seed: number;
  readonly point?: string;
  readonly json?: boolean;
}

const { pairs, seed, point, json } = new Command("npm run test:power --")
  .option("--pairs <n>", "pairs of faults beside every single one", wholeNumber("--pairs", 0, 1_000_000), 1000)
  .option("--seed <n>", "of the pairs", wholeNumber("--seed", 1, 2 ** 31 - 2), 1)
  .option("--point <point>", "this one alone, as a failure names it")
  .option("--json", "print one JSON object")
  .parse()
  .opts<Options>();

const started = performance.now();
const outcomes = point ? [await runAlone(point)] : await runAll(await singlesAndPairs(pairs, seed), showProgress);
clearProgress();
const failures = outcomes.filter(({ problems }) => problems.length);
const facts = factsOf(outcomes, (performance.now() - started) / 1000);
const summary =
  `${facts.points} points, ${facts.faults} faults, ${facts.flashOperations} flash operations, ${facts.messages} messages, ` +
  `${facts.images} flash images searched, in ${facts.seconds.toFixed(1)} s: ${failures.length} wrong`;
const text = [...failureLines(failures, "test:power"), summary].join("\n");
process.stdout.write((json ? JSON.stringify({ ...facts, failures }) : text) + "\n");
process.exitCode = failures.length ? 1 : 0;
