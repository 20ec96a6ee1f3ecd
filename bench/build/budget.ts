// SPDX-License-Identifier: Apache-2.0
// Compares what the stages cost with what they may: firmware/budget.json.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BuildResult, StageBuild } from "./build.js";
import type { Census } from "./census.js";

export type Cost = Pick<Census, "functions" | "callDepth"> & { readonly bytes: number };
/** By stage; the other receive stage is "receive-edges". */
export interface Budget {
  readonly [stage: string]: Cost;
}

/** Every stage of the first, and the receive stage of the second. */
export const BUDGET_BOARDS = ["virtual", "virtual-edges"];
export const BUDGET_FILE = fileURLToPath(new URL("../../firmware/budget.json", import.meta.url));

export const readBudget = (): Budget => JSON.parse(readFileSync(BUDGET_FILE, "utf8")) as Budget;

/** One sentence for each number that grew beyond its budget. */
export function overBudget(stage: string, cost: Cost, budget: Cost): string[] {
  const over: string[] = [];
  const compare = (what: string, is: number, may: number) => {
    if (is > may)
      over.push(`${stage}: ${what} grew to ${is}, budget ${may}; make it smaller or raise firmware/budget.json.`);
  };
  compare("its size in bytes", cost.bytes, budget.bytes);
  for (const [depth, count] of Object.entries(cost.functions)) {
    compare(`the number of functions at scope depth ${depth}`, count, budget.functions[depth] ?? 0);
  }
  compare("the depth of its calls", cost.callDepth, budget.callDepth);
  return over;
}

/** The stages that the budget is about, of a build for its boards. */
export function budgetStages(built: BuildResult): { readonly [stage: string]: StageBuild } {
  const { boot, receive, ...others } = built["virtual"]!;
  return { boot, receive, "receive-edges": built["virtual-edges"]!.receive, ...others };
}

/** What they cost now, in the form of the budget. */
export const costOf = (built: BuildResult): Budget =>
  Object.fromEntries(
    Object.entries(budgetStages(built)).map(([stage, { bytes, functions, callDepth }]) => [
      stage,
      { bytes, functions, callDepth },
    ]),
  );
