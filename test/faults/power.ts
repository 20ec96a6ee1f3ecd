// SPDX-License-Identifier: Apache-2.0
// npm run test:power: power cut at every flash operation, every message lost, doubled, late, torn or wrong, either side restarting.
import { runAll, runAlone, singlesAndPairs } from "./campaign.js";
import { readOptions } from "./options.js";
import { clearProgress, factsOf, failureLines, showProgress } from "./report.js";

const { pairs, seed, point, json } = readOptions("test:power", 1);

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
