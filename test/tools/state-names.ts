// SPDX-License-Identifier: Apache-2.0
// State tables in words: the letters' names are read from the enumerations in the source, which hold nothing else.
import { readFileSync } from "node:fs";

export interface Step {
  readonly state: string;
  readonly event: string;
  readonly next: string;
  readonly action: string;
}

/** Letter to name of one `const enum` in a source file of firmware/core/blessing. */
export function lettersOf(file: string, name: string): Map<string, string> {
  const source = readFileSync(new URL(`../../firmware/core/blessing/${file}`, import.meta.url), "utf8");
  const body = source.split(`const enum ${name} {`)[1]?.split("\n}")[0] ?? "";
  return new Map([...body.matchAll(/^ {2}(\w+) = "(.)",$/gm)].map((match) => [match[2] as string, match[1] as string]));
}

/** The rows of a table, letters replaced by names. */
export function stepsOf(table: string, file: string, prefix: string): Step[] {
  const states = lettersOf(file, `${prefix}State`);
  const events = lettersOf(file, `${prefix}Event`);
  const actions = lettersOf(file, `${prefix}Action`);
  const name = (names: Map<string, string>, letter: string): string => {
    const found = names.get(letter);
    if (!found) throw new Error(`no name for ${letter} in ${prefix}`);
    return found;
  };
  return table
    .trim()
    .split(" ")
    .map((row) => ({
      state: name(states, row.charAt(0)),
      event: name(events, row.charAt(1)),
      next: name(states, row.charAt(2)),
      action: name(actions, row.charAt(3)),
    }));
}

export const formatSteps = (steps: readonly Step[]): string =>
  steps.map((step) => `| ${step.state} | ${step.event} | ${step.next} | ${step.action} |`).join("\n");
