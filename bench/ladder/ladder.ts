// SPDX-License-Identifier: Apache-2.0
// npm run bench:light: what light the receiver still takes, beside the theoretical limit and a plain slicer, frame by frame the same.
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { wholeNumber } from "../options.js";
import { BASELINE_LADDERS, saveBaseline } from "./baseline.js";
import type { Result } from "./climb.js";
import { climb } from "./climb.js";
import { plotOf } from "./plot.js";
import { shortfallsOf, tableOf } from "./report.js";
import { RUNGS, rungsBelow } from "./rungs.js";

interface Options {
  readonly seeds: number;
  readonly first: number;
  readonly only: string[];
  readonly json?: true;
  readonly out?: string;
  readonly saveBaseline?: true;
}

const EXIT_WRONG_USE = 2;

await new Command("npm run bench:light --")
  .description("frames received at each rung of the ladder of impairments, for every waveform and rate")
  .option("--seeds <n>", "frames a rung", wholeNumber("--seeds", 1, 1_000_000), 100)
  .option(
    "--first <seed>",
    "the first of them; the same seed is the same frame and room",
    wholeNumber("--first", 1, 1_000_000),
    1,
  )
  .option("--only <place...>", "rungs below these places: burst, burst/120, burst/120/noise, burst/120/noise/0.2", [])
  .option("--json", "print one JSON object a rung, with the seeds that were missed")
  .option("--out <file>", "write a picture of it, SVG")
  .option(
    "--save-baseline",
    "climb the ladders that test/modem/ladder.test.ts holds the receiver to, and keep their figures",
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode && EXIT_WRONG_USE))
  .action(run)
  .parseAsync();

async function run({ seeds, first, only, json, out, saveBaseline: saves }: Options, command: Command): Promise<void> {
  const places = saves ? BASELINE_LADDERS : only;
  const rungs = places.length ? places.flatMap(rungsBelow) : RUNGS;
  if (saves && first !== 1) command.error("error: the baseline is of the seeds from 1 on.");
  if (!rungs.length) command.error(`error: no rung is below ${only.join(" or ")}.`);
  const results = await climb(rungs, { first, count: seeds }, (done) => show(`${done} of ${rungs.length} rungs`));
  show("");
  process.stdout.write(json ? results.map(lineOf).join("") : `${tableOf(results)}\n${shortfallsOf(results)}`);
  if (out) writeFileSync(out, plotOf(results));
  if (saves) saveBaseline(results);
}

/** One line that the next one overwrites. */
function show(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
}

function lineOf({ rung, ...tally }: Result): string {
  const { id, link, impairment, level } = rung;
  return JSON.stringify({ id, link: link.name, impairment, level, ...tally }) + "\n";
}
