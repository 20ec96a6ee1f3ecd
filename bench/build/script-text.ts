// SPDX-License-Identifier: Apache-2.0
// A product's script for one stage as a function for this process: the same source that the build links into the stage.
import { rollup } from "rollup";
import { SCRIPT_CONSTANTS } from "../../firmware/api/constants.js";
import type { RunScript } from "../../firmware/api/globals.js";
import type { Board } from "./boards.js";
import { linkedModules } from "./linked-modules.js";
import type { Product, ScriptRole } from "./product.js";
import { rethrow } from "./rollup-errors.js";

/** @throws UserError when the script does not compile */
export async function loadScript(board: Board, product: Product, role: ScriptRole): Promise<RunScript> {
  const bundle = await rollup({ input: "lightline:script", plugins: [linkedModules(board, product, role)] }).catch(
    rethrow,
  );
  const { output } = await bundle.generate({ format: "iife", name: "linked" });
  await bundle.close();
  const code = `${output[0].code}\nlinked.script();`;
  // The names that a board has as globals are this function's parameters.
  return (globals) => {
    const names = { ...globals, ...SCRIPT_CONSTANTS };
    void new Function(...Object.keys(names), code)(...Object.values(names));
  };
}
