// SPDX-License-Identifier: Apache-2.0
// What the tests of the self-test share: products of one script, and their phases on an emulated board.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import type { Measurement } from "../../bench/build/phases.js";
import { selfTestOptions } from "../../bench/build/phases.js";
import { loadProduct } from "../../bench/build/product.js";
import type { Programs } from "../../bench/selftest/programs.js";
import { buildPrograms } from "../../bench/selftest/programs.js";
import type { SelfTestReport } from "../../bench/selftest/self-test.js";
import { runSelfTest } from "../../bench/selftest/self-test.js";
import { EXAMPLE } from "../tools/example-build.js";

export const BOARD = "esp32-devkitc";

/** hello-sensor with a self-test of its own. Its folder is gone with the process. */
export function makeProduct(selftest: string, measurements: readonly Measurement[] = []): string {
  const dir = mkdtempSync(join(tmpdir(), "lightline-selftest-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  cpSync(EXAMPLE, dir, { recursive: true });
  writeFileSync(join(dir, "selftest.ts"), selftest);
  const file = join(dir, "product.json");
  const product = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...product, name: basename(dir).toLowerCase(), measurements }));
  return dir;
}

/** Built-in phases, and those of a product's folder. */
export function buildPhases(builtIn: readonly string[], dir?: string): Promise<Programs> {
  const board = loadBoard(BOARD);
  const options = selfTestOptions(board, { loopback: [["pinC", "pinD"]] });
  return buildPrograms(board, options, builtIn, dir === undefined ? undefined : loadProduct(dir));
}

export function testAt(port: string, programs: Programs): Promise<SelfTestReport> {
  const job = { port, board: loadBoard(BOARD), programs, clock: false, skipped: [], nowMs: () => performance.now() };
  return runSelfTest(job, () => undefined);
}

/** Name and outcome of each phase, in order. */
export const outcomes = ({ phases }: SelfTestReport): string[] =>
  phases.map(({ name, outcome }) => `${name} ${outcome}`);

/** Everything that was said in the attempts of a phase. */
export const linesOf = ({ phases }: SelfTestReport, name: string): string[] =>
  phases.find((phase) => phase.name === name)!.attempts.flatMap(({ lines }) => lines);
