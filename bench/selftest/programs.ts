// SPDX-License-Identifier: Apache-2.0
// What is loaded into a board for its self-test: the runner, and each phase as a program of its own. Built and checked as stages are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rollup";
import type { SelfTestOptions } from "../../firmware/selftest/options.js";
import type { Board } from "../build/boards.js";
import { compileSources, FIRMWARE, minifier, orderer } from "../build/build.js";
import { checkScript } from "../build/check-script.js";
import { linkedModules } from "../build/linked-modules.js";
import type { Measurement } from "../build/phases.js";
import { measurementsOf, PHASE_NAMES, phaseFile } from "../build/phases.js";
import type { Product } from "../build/product.js";
import { bundleProgram } from "../build/program.js";
import { shownPath } from "../build/schema.js";
import { selfTestModules } from "../build/self-test-modules.js";
import { UserError } from "../errors.js";

/** Code that sets the runner's phases when it is run. */
export interface Program {
  /** Of the built-in phase, or of the product whose phases they are. */
  readonly name: string;
  readonly code: string;
  readonly measurements: readonly Measurement[];
}

export interface Programs {
  readonly runner: string;
  readonly phases: readonly Program[];
}

const RUNNER = join(FIRMWARE.dir, "selftest.ts");
/** Runner and phases: they are compiled once, whatever board they are for. */
let compiled: Promise<Plugin> | undefined;

/** @throws UserError SCRIPT_INVALID, BUILD_FAILED, BUNDLE_UNSUPPORTED */
export async function buildPrograms(
  board: Board,
  options: SelfTestOptions,
  builtIn: readonly string[],
  product: Product | undefined,
): Promise<Programs> {
  const own = product && ownPhases(product);
  compiled ??= compileSources([RUNNER, ...PHASE_NAMES.map(phaseFile)], FIRMWARE.tsconfig);
  const plugins = [
    linkedModules(board, product),
    selfTestModules([], options),
    await compiled,
    minifier(true),
    orderer,
  ] as const;
  const bundle = async (entry: string) => (await bundleProgram(entry, plugins)).code;
  const phases: Program[] = [];
  for (const name of builtIn) {
    const measurements = measurementsOf(name);
    phases.push({ name, code: await bundle(loader("phase", phaseFile(name), measurements)), measurements });
  }
  if (product && own) {
    const { name, measurements } = product;
    phases.push({ name, code: await bundle(loader("phases", own, measurements)), measurements });
  }
  return { runner: await bundle(`import ${JSON.stringify(RUNNER)};`), phases };
}

/** @throws UserError SCRIPT_INVALID */
function ownPhases(product: Product): string {
  const file = join(product.dir, "selftest.ts");
  if (!existsSync(file))
    throw new UserError(
      "SCRIPT_INVALID",
      `${shownPath(file)} does not exist; write phases and export them from there.`,
    );
  checkScript(file, "dut");
  return file;
}

/** `exported` is one phase or a list of them. */
function loader(exported: "phase" | "phases", file: string, measurements: readonly Measurement[]): string {
  const limits = measurements.map(({ phase, name, min, max }) => ({ phase, name, min, max }));
  const phases = exported === "phase" ? "[phase]" : "phases";
  return `import { ${exported} } from ${JSON.stringify(file)};
    __selftest.phases = ${phases};
    __selftest.limits = ${JSON.stringify(limits)};`;
}
