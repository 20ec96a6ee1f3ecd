// SPDX-License-Identifier: Apache-2.0
// npm run test:residue: what is left of the factory's secrets in flash, at every moment from shippable on.
import { runAll, runAlone, singlesAndPairs } from "./campaign.js";
import { readOptions } from "./options.js";
import { clearProgress, factsOf, failureLines, showProgress } from "./report.js";
import { searchShippedLife } from "./shipped-life.js";
import type { Outcome } from "./trial.js";

const { pairs, seed, point, json } = readOptions("test:residue", 2);

const onlyResidue = ({ problems, ...outcome }: Outcome): Outcome => ({
  ...outcome,
  problems: problems.filter((problem) => /in flash|on board/.test(problem)),
});

const started = performance.now();
const outcomes = point ? [await runAlone(point)] : await runAll(await singlesAndPairs(pairs, seed), showProgress);
clearProgress();
const shipped = point ? undefined : await searchShippedLife(seed);
const failures = outcomes.map(onlyResidue).filter(({ problems }) => problems.length);
const facts = factsOf(outcomes, (performance.now() - started) / 1000);
const images = facts.images + (shipped?.images ?? 0);
const before = facts.foundBefore + (shipped?.foundBefore ?? 0);
const wrong = failures.length + (shipped?.problems.length ?? 0);
const text = [
  ...failureLines(failures, "test:residue"),
  ...(shipped?.problems ?? []).map(
    (problem) => `the shipped bundles: ${problem}\n  npm run test:residue -- --seed ${seed}`,
  ),
  `${facts.points} points and a shipped unit: ${images} images searched from shippable on, ${wrong} with something left ` +
    `(${before} found while it was due to be there), in ${facts.seconds.toFixed(1)} s`,
].join("\n");
process.stdout.write(
  (json ? JSON.stringify({ ...facts, images, foundBefore: before, failures, shipped }) : text) + "\n",
);
// A search that finds nothing even where it should would find nothing at all.
process.exitCode = wrong || (!point && !before) ? 1 : 0;
