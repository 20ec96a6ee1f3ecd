// SPDX-License-Identifier: Apache-2.0
// Refuses a finished bundle that holds what Espruino lacks, and names the line of the source that put it there.
import { SourceMap } from "node:module";
import { Linter } from "eslint";
import type { SourceCode } from "eslint";
import { UserError } from "../errors.js";
import { espruinoPlugin, espruinoRules } from "./espruino-rules.js";

/** Where a place in a bundle comes from, as "file:line". Lines count from 1, columns from 0. */
export type Locate = (line: number, column: number) => string;

const CONFIG: Linter.Config = {
  plugins: { espruino: espruinoPlugin },
  languageOptions: { ecmaVersion: 2022, sourceType: "script" },
  linterOptions: { noInlineConfig: true },
  rules: Object.fromEntries(espruinoRules.map(({ id }) => [`espruino/${id}`, "error"])),
};

/** Parses a bundle and checks it. @throws UserError with one line for each finding: file, line, what to write instead. */
export function checkBundle(code: string, locate: Locate): SourceCode {
  const linter = new Linter({ configType: "flat" });
  const findings = linter.verify(code, CONFIG);
  if (findings.length) {
    const lines = findings.map(
      ({ line, column, message, ruleId }) => `${locate(line, column - 1)}: ${message} (${ruleId ?? "syntax"}).`,
    );
    throw new UserError("BUNDLE_UNSUPPORTED", [...new Set(lines)].join("\n"));
  }
  return linter.getSourceCode();
}

/** Reads a bundle's source map (JSON); a place without one keeps the bundle's own line. */
export function locateBy(map: string, bundle: string, shown: (path: string) => string): Locate {
  const sources = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  return (line, column) => {
    const entry = sources.findEntry(line - 1, column);
    return "originalSource" in entry
      ? `${shown(entry.originalSource)}:${entry.originalLine + 1}`
      : `${bundle}:${line}:${column + 1}`;
  };
}
