// SPDX-License-Identifier: Apache-2.0
// A program for a board's RAM: any entry, bundled and checked as a stage is.
import { resolve } from "node:path";
import type { Plugin } from "rollup";
import { rollup } from "rollup";
import type { Locate } from "./espruino-check.js";
import { checkBundle, locateBy } from "./espruino-check.js";
import { rethrow } from "./rollup-errors.js";
import { shownPath } from "./schema.js";

export interface Program {
  readonly code: string;
  /** A place that comes from no source is "program:line:column". */
  readonly locate: Locate;
}

const ENTRY = "\0lightline:program";

/** `entry` is the text of a module. @throws UserError BUILD_FAILED, BUNDLE_UNSUPPORTED */
export async function bundleProgram(entry: string, plugins: readonly Plugin[]): Promise<Program> {
  const source: Plugin = {
    name: "lightline-program",
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? entry : null),
  };
  const bundle = await rollup({ input: ENTRY, plugins: [source, ...plugins] }).catch(rethrow);
  const { output } = await bundle.generate({ format: "iife", sourcemap: true, strict: false, esModule: false });
  await bundle.close();
  const { code, map } = output[0];
  const locate = locateBy(map!.toString(), "program", (path) => shownPath(resolve(path)));
  checkBundle(code, locate);
  return { code: code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), locate };
}
