// SPDX-License-Identifier: Apache-2.0
// What both campaigns take on their command lines.
import { Command } from "commander";
import { wholeNumber } from "../../bench/options.js";

export interface CampaignOptions {
  readonly pairs: number;
  readonly seed: number;
  readonly point?: string;
  readonly json?: boolean;
}

export const readOptions = (script: string, seed: number): CampaignOptions =>
  new Command(`npm run ${script} --`)
    .option("--pairs <n>", "pairs of faults beside every single one", wholeNumber("--pairs", 0, 1_000_000), 1000)
    .option("--seed <n>", "of the pairs, and of the shipped unit", wholeNumber("--seed", 1, 2 ** 31 - 2), seed)
    .option("--point <point>", "this one alone, as a failure names it")
    .option("--json", "print one JSON object")
    .parse()
    .opts<CampaignOptions>();
