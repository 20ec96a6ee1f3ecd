// SPDX-License-Identifier: Apache-2.0
// npm run test:tamper: everything that someone on the network may do to every message, point by point.
import { Command, InvalidArgumentError } from "commander";
import { wholeNumber } from "../../bench/options.js";
import type { Selection } from "./run.js";
import { FAMILIES, rerunLine, runFamily } from "./run.js";

interface Options {
  readonly seed: number;
  readonly share: { readonly part: number; readonly of: number };
  readonly point: string[];
}

const EXIT_WRONG_USE = 2;

await new Command("npm run test:tamper --")
  .description("altered, repeated, swapped and malformed messages, and what devices and server make of them")
  .option("--seed <n>", "the same seed is the same keys and nonces", wholeNumber("--seed", 1, 2 ** 31 - 1), 1)
  .option("--share <part/of>", "every n-th point only, as 1/10", parseShare, { part: 1, of: 1 })
  .option("--point <family:point...>", "these points only", [])
  .exitOverride(({ exitCode }) => process.exit(exitCode && EXIT_WRONG_USE))
  .action(run)
  .parseAsync();

async function run({ seed, share, point }: Options, command: Command): Promise<void> {
  const selection: Selection = { seed, ...share, only: point };
  let [points, failed] = [0, 0];
  for (const family of FAMILIES) {
    const started = Date.now();
    const { run, all, failures } = await runFamily(family, selection);
    points += run;
    failed += failures.length;
    if (run)
      print(`${family.name.padEnd(10)}${String(run).padStart(7)} of ${String(all).padEnd(7)}${seconds(started)}`);
    for (const { point, why } of failures) print(`  ${point}: ${why}\n    ${rerunLine(point, seed)}`);
  }
  if (!points) command.error("error: there is no such point: run without --point to see the families.");
  print(`${"total".padEnd(10)}${String(points).padStart(7)} points, ${failed} failed, seed ${seed}`);
  process.exitCode = failed ? 1 : 0;
}

function print(line: string): void {
  process.stdout.write(line + "\n");
}

function seconds(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

function parseShare(text: string): { part: number; of: number } {
  const [, part, of] = (/^([0-9]+)\/([0-9]+)$/.exec(text) ?? []).map(Number);
  if (part && of && part <= of) return { part, of };
  throw new InvalidArgumentError("--share takes a part and a whole, as 1/10.");
}
