// SPDX-License-Identifier: Apache-2.0
// What lightline watch loads: the runner once, and the script after each edit, one statement a line so that places in it can be told.
import { join } from "node:path";
import type { Plugin } from "rollup";
import { minify } from "terser";
import { SCRIPT_CONSTANTS } from "../../firmware/api/constants.js";
import type { Board } from "../build/boards.js";
import { compileSources, FIRMWARE, minifier, orderer } from "../build/build.js";
import { linkedModules } from "../build/linked-modules.js";
import type { Product, ScriptRole } from "../build/product.js";
import type { Program } from "../build/program.js";
import { bundleProgram } from "../build/program.js";
import { tellApart } from "./rows.js";

const RUNNER = join(FIRMWARE.dir, "watch.ts");
/** Every start tells of its own errors: the interpreter's report of them would come without a place. */
const RUNNER_ENTRY = `import ${JSON.stringify(RUNNER)};
  process.on("uncaughtException", function (error) { __watch.threw("" + error, error && error.stack); });`;
const SCRIPT_ENTRY = `import { script } from "lightline:script"; __watch.begin(script);`;

/** @throws UserError BUILD_FAILED, BUNDLE_UNSUPPORTED */
export async function buildRunner(board: Board, product: Product): Promise<string> {
  const compiled = await compileSources([RUNNER], FIRMWARE.tsconfig);
  const plugins = [linkedModules(board, product, "fixture"), compiled, minifier(true), orderer];
  return (await bundleProgram(RUNNER_ENTRY, plugins)).code;
}

/** @throws UserError BUILD_FAILED, BUNDLE_UNSUPPORTED */
export const buildScript = (board: Board, product: Product, role: ScriptRole): Promise<Program> =>
  bundleProgram(SCRIPT_ENTRY, [linkedModules(board, product, role), liner, orderer, apart]);

/** Constants are written in as for a stage; all else stays as it is written. */
const liner: Plugin = {
  name: "lightline-lines",
  async renderChunk(code) {
    const { code: lines, map } = await minify(code, {
      ecma: 2015,
      compress: { defaults: false, global_defs: SCRIPT_CONSTANTS, hoist_vars: true, hoist_funs: true },
      mangle: false,
      format: { ascii_only: true, beautify: true, indent_level: 0 },
      sourceMap: true,
    });
    return { code: lines as string, map: map as string };
  },
};

const apart: Plugin = { name: "lightline-rows", renderChunk: (code) => tellApart(code) ?? null };
