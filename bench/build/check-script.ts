// SPDX-License-Identifier: Apache-2.0
// Type-checks a product script against what its role may call: the first of the three gates.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { UserError } from "../errors.js";
import type { ScriptRole } from "./product.js";
import { shownPath } from "./schema.js";

const TYPES = fileURLToPath(new URL("../../firmware/api/types/", import.meta.url));
/** The very options under which an editor sees the script: `lightline init` writes them into a product. */
function optionsOf(name: "script" | "agent"): ts.CompilerOptions {
  const file = `${TYPES}${name}.tsconfig.json`;
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as { config: unknown };
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, TYPES).options;
}

/** @throws UserError with one line for each error, "file:line: what". */
export const checkScript = (file: string, role: ScriptRole): void => check([file], role, optionsOf("script"));

/** Agents run in QuickJS, which has what ES2022 has. @throws UserError as above */
export function checkAgents(files: readonly string[]): void {
  if (files.length) check(files, "agent", optionsOf("agent"));
}

function check(files: readonly string[], types: string, options: ts.CompilerOptions): void {
  const program = ts.createProgram([...files, `${TYPES}${types}.d.ts`], options);
  const errors = ts.getPreEmitDiagnostics(program).map(errorLine);
  if (errors.length) throw new UserError("SCRIPT_INVALID", errors.join("\n"));
}

function errorLine({ file, start, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, " ");
  if (!file) return text;
  return `${shownPath(file.fileName)}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ${text}`;
}
