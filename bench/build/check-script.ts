// SPDX-License-Identifier: Apache-2.0
// Type-checks a product script against what its role may call: the first of the three gates.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { UserError } from "../errors.js";
import type { ScriptRole } from "./product.js";
import { shownPath } from "./schema.js";

const TYPES = fileURLToPath(new URL("../../firmware/api/types/", import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2015,
  lib: ["lib.es5.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  // A script without an import is still a module, so its names are its own.
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
  strict: true,
  noEmit: true,
  isolatedModules: true,
};

/** @throws UserError with one line for each error, "file:line: what". */
export const checkScript = (file: string, role: ScriptRole): void => check([file], role, OPTIONS);

/** Agents run in QuickJS, which has what ES2022 has. @throws UserError as above */
export function checkAgents(files: readonly string[]): void {
  if (files.length) check(files, "agent", { ...OPTIONS, target: ts.ScriptTarget.ES2022, lib: ["lib.es2022.d.ts"] });
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
