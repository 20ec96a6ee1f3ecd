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
export const checkScript = (file: string, role: ScriptRole): void => scriptChecker(file, role)();

/** Checks the same script as often as it is called, as `checkScript` does: what has not changed is not read again. */
export function scriptChecker(file: string, role: ScriptRole): () => void {
  const options = optionsOf("script");
  const host = keepingHost(options);
  return () => check([file], role, options, host);
}

/** Agents run in QuickJS, which has what ES2022 has. @throws UserError as above */
export function checkAgents(files: readonly string[]): void {
  if (files.length) check(files, "agent", optionsOf("agent"));
}

/** Parses a file once for as long as it stays the same. */
function keepingHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const kept = new Map<string, { readonly text: string; readonly file: ts.SourceFile }>();
  return {
    ...host,
    getSourceFile(name, version) {
      const text = host.readFile(name);
      const before = kept.get(name);
      if (text === undefined || text === before?.text) return text === undefined ? undefined : before?.file;
      const file = ts.createSourceFile(name, text, version);
      kept.set(name, { text, file });
      return file;
    },
  };
}

function check(
  files: readonly string[],
  types: string,
  options: ts.CompilerOptions,
  host = ts.createCompilerHost(options),
): void {
  const program = ts.createProgram([...files, `${TYPES}${types}.d.ts`], options, host);
  const errors = ts.getPreEmitDiagnostics(program).map(errorLine);
  if (errors.length) throw new UserError("SCRIPT_INVALID", errors.join("\n"));
}

function errorLine({ file, start, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, " ");
  if (!file) return text;
  return `${shownPath(file.fileName)}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ${text}`;
}
