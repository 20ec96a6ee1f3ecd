// SPDX-License-Identifier: Apache-2.0
// What a target of fuzzing is: inputs made from sound ones, and what must hold whatever they are.
import { readFileSync } from "node:fs";
import type { Chance } from "./chance.js";

/** A run that found something: what the input is and what does not hold. */
export class Broken extends Error {
  override readonly name = "Broken";
}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

export interface Bench {
  input(chance: Chance): Uint8Array;
  /** Whether it was taken for sound. Throws when what must hold does not: any error is one. */
  run(input: Uint8Array): boolean | Promise<boolean>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Part of all runs that it gets. */
  readonly weight: number;
  /** Runs that share a bench, and are run again together; none when a run leaves nothing behind. */
  readonly batch?: number;
  open(seed: number, batch: number): Bench | Promise<Bench>;
}

/** Lines of hex; what stands behind # is said to people. */
export function readCorpus(name: string): readonly Uint8Array[] {
  const text = readFileSync(new URL(`corpus/${name}.txt`, import.meta.url), "utf8");
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return lines.filter((line) => line).map((line) => new Uint8Array(Buffer.from(line, "hex")));
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
