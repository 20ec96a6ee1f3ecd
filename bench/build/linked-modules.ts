// SPDX-License-Identifier: Apache-2.0
// The modules that the build makes: lightline:board, lightline:product and lightline:script.
import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import MagicString from "magic-string";
import type { AstNode, Plugin, ProgramNode } from "rollup";
import ts from "typescript";
import { UserError } from "../errors.js";
import type { Board } from "./boards.js";
import { firmwareBoard } from "./boards.js";
import type { Product, ScriptRole } from "./product.js";
import { lightFlags, scriptPath } from "./product.js";
import { inPlugin } from "./rollup-errors.js";
import { shownPath } from "./schema.js";

/** Stands in the bundle for its own hash, which is taken over the bundle with this in it. */
export const UNHASHED = "0".repeat(16);

const SCRIPT_MARK = "?script";

/** `role` is undefined for a stage without a script, `product` for what runs without one. */
export function linkedModules(board: Board, product: Product | undefined, role?: ScriptRole): Plugin {
  const script = role && product && scriptPath(product, role);
  const ids: { [source: string]: string | undefined } = {
    "lightline:board": "\0lightline:board",
    "lightline:product": "\0lightline:product",
    "lightline:script": script && script + SCRIPT_MARK,
  };
  return {
    name: "lightline-modules",
    async resolveId(source, importer) {
      if (source in ids) return ids[source] ?? null;
      const from = importer?.replace(SCRIPT_MARK, "");
      if (!from || !product || !inFolder(product.dir, from) || !source.startsWith(".")) return null;
      return this.resolve(source.replace(/\.js$/, ".ts"), from, { skipSelf: true });
    },
    load(id) {
      if (id === ids["lightline:board"]) return boardModule(board);
      if (!product) return null;
      if (id === ids["lightline:product"]) return productModule(product, role);
      return inFolder(product.dir, id) ? compile(id.replace(SCRIPT_MARK, "")) : null;
    },
    transform(code, id) {
      if (!id.endsWith(SCRIPT_MARK)) return null;
      return inPlugin(() => wrapScript(code, this.parse(code), id.replace(SCRIPT_MARK, "")));
    },
  };
}

function inFolder(dir: string, file: string): boolean {
  const path = relative(dir, file);
  return isAbsolute(file) && !path.startsWith("..") && !isAbsolute(path);
}

function boardModule(board: Board): string {
  const data = JSON.stringify(firmwareBoard(board));
  return `export const boardData = () => (${data});\nexport const board = ${data};`;
}

function productModule(product: Product, role: ScriptRole | undefined): string {
  const { name, serverUrl, wipe, wipeOnFail } = product;
  const measurements = product.measurements.map(({ phase, name, unit, min, max }) => ({ phase, name, unit, min, max }));
  const light = role === "fixture" ? { lightFlags: lightFlags(product) } : {};
  const linked = { name, serverUrl, wipe, wipeOnFail, measurements, stageHash: UNHASHED, ...light };
  return `export const product = ${JSON.stringify(linked)};`;
}

/** The types were checked by checkScript; here they only go. */
function compile(file: string) {
  const compiled = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2015,
      module: ts.ModuleKind.ESNext,
      useDefineForClassFields: false,
      sourceMap: true,
    },
  });
  const code = compiled.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  return { code, map: { ...(JSON.parse(compiled.sourceMapText!) as object), sources: [file] } as never };
}

/** Imports stay at the top; all else waits in a function until the runtime has set the globals. */
function wrapScript(code: string, program: ProgramNode, file: string) {
  const text = new MagicString(code);
  const imports: string[] = [];
  for (const node of program.body) {
    const { start, end } = node as AstNode;
    if (node.type === "ImportDeclaration") imports.push(code.slice(start, end));
    // TypeScript marks a module without imports by an empty export.
    else if (node.type.startsWith("Export") && code.slice(start, end) !== "export {};") throw exportError(file);
    else continue;
    text.remove(start, end);
  }
  text.prepend(`${imports.join("\n")}\nexport function script() {\n`).append("\n}\n");
  return { code: text.toString(), map: text.generateMap({ hires: true }) };
}

const exportError = (file: string) =>
  new UserError(
    "SCRIPT_INVALID",
    `${shownPath(file)} exports something; a stage's script is run, so move what others import to a file of its own.`,
  );
