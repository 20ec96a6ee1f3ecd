// SPDX-License-Identifier: Apache-2.0
// npm run test:power: power cut at every flash operation, every message lost, doubled, late, torn or wrong, either side restarting.
import { Command } from "commander";
import { wholeNumber } from "../../bench/options.js";
import { everySingle, runAll, somePairs } from "./campaign.js";
import { Factory } from "./factory.js";
import type { Point } from "./fault.js";
import { parsePoint } from "./fault.js";
import type { Outcome } from "./trial.js";
import { runTrial } from "./trial.js";

interface Options {
  readonly pairs: number;
  readonly seed: number;
  readonly point?: string;
  readonly json?: boolean;
}

const options = new Command("npm run test:power --")
  .option("--pairs <n>", "pairs of faults beside every single one", wholeNumber("--pairs", 0, 1_000_000), 1700)
  .option("--seed <n>", "of the pairs", wholeNumber("--seed", 1, 2 ** 31 - 2), 1)
  .option("--point <point>", "this one alone, as a failure names it")
  .option("--json", "print one JSON object")
  .parse()
  .opts<Options>();

const started = performance.now();
const outcomes = options.point ? [await runAlone(parsePoint(options.point))] : await runAll(await points(), show);
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
const failures = outcomes.filter(({ problems }) => problems.length);
process.stdout.write(options.json ? JSON.stringify({ ...facts(), failures }) + "\n" : report());
process.exitCode = failures.length ? 1 : 0;

async function points(): Promise<Point[]> {
  return [...(await everySingle()), ...(await somePairs(options.pairs, options.seed))];
}

async function runAlone(point: Point): Promise<Outcome> {
  const factory = await Factory.open();
  const outcome = await runTrial(factory, point);
  await factory.close();
  return outcome;
}

function facts() {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    points: outcomes.length,
    faults: sum(({ faults }) => faults),
    flashOperations: sum(({ extent }) => extent.flash),
    messages: sum(({ extent }) => extent.message),
    images: sum(({ images }) => images),
    seconds: (performance.now() - started) / 1000,
  };
}

function report(): string {
  const { points, faults, flashOperations, messages, images, seconds } = facts();
  return [
    ...failures.flatMap(({ point, problems }) => [
      ...problems.map((problem) => `${point}: ${problem}`),
      `  npm run test:power -- --point ${point}`,
    ]),
    `${points} points, ${faults} faults, ${flashOperations} flash operations, ${messages} messages, ` +
      `${images} flash images searched, in ${seconds.toFixed(1)} s: ${failures.length} wrong`,
    "",
  ].join("\n");
}

function show(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} points`);
}
