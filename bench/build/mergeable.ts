// SPDX-License-Identifier: Apache-2.0
// What merge.ts may make one function of: the firmware's own functions, but those that a doc comment calls @hot.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import type { AnyNode, Comment } from "acorn";
import MagicString from "magic-string";
import type { Plugin } from "rollup";
import ts from "typescript";
import { merge, MERGE_MARK, MERGE_OWN_MARK } from "./merge.js";

/** In the doc comment of a function that runs for each sample, each run of light or each symbol. */
const HOT = "@hot";
/** Begins names that the minifier replaces by ones that nothing else has. */
const PRIVATE = "_";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MERGED = ["api", "core", "device", "roles", "store"]
  .map((dir) => join(ROOT, "firmware", dir, "/"))
  .concat(join(ROOT, "hal/"));
/** Members of what is not ours: the interpreter's, and what scripts see. */
const DECLARATIONS = [
  "hal/espruino/globals.d.ts",
  "firmware/api/types/common.d.ts",
  "firmware/api/types/application.d.ts",
  "firmware/api/types/dut.d.ts",
  "firmware/api/types/fixture.d.ts",
].map((file) => join(ROOT, file));
const BUILT_IN = [Object, Function, Array, String, Number, Uint8Array, DataView, ArrayBuffer, Date, Error, Promise];

/** Of one bundle at root scope: `mark` before it is minified, `merge` once it is in Espruino's order. */
export function mergePasses(): { readonly mark: Plugin; readonly merge: Plugin } {
  const reserved = hostNames();
  return {
    mark: {
      name: "lightline-mark",
      renderChunk(code, { modules }) {
        const text = new MagicString(code);
        const ours: { start: number; end: number }[] = [];
        for (const [id, { code: module }] of Object.entries(modules)) {
          if (!module) continue;
          const start = code.indexOf(module);
          if (MERGED.some((dir) => id.startsWith(dir))) ours.push({ start, end: start + module.length });
          else identifiersIn(module).forEach((name) => reserved.add(name));
        }
        for (const at of coldFunctions(code))
          if (ours.some(({ start, end }) => start <= at && at < end))
            text.appendLeft(at, `/*${code[at] === PRIVATE ? MERGE_OWN_MARK : MERGE_MARK}*/`);
        return { code: text.toString(), map: text.generateMap({ hires: true }) };
      },
    },
    merge: { name: "lightline-merge", renderChunk: (code) => merge(code, reserved) },
  };
}

/** Where functions and methods begin that no comment calls hot. */
function coldFunctions(code: string): number[] {
  const comments: Comment[] = [];
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module", onComment: comments });
  const isHot = ({ start }: AnyNode) =>
    comments.some(({ value, end }) => value.includes(HOT) && end <= start && !code.slice(end, start).trim());
  return program.body
    .flatMap((node): AnyNode[] => {
      if (node.type === "ClassDeclaration") return node.body.body;
      return node.type === "FunctionDeclaration" ? [node] : [];
    })
    .filter((node) => !isHot(node))
    .map(({ start }) => start);
}

/** Names that a method of the interpreter's objects, or of the API's, may have. */
export function hostNames(): Set<string> {
  const declared = DECLARATIONS.flatMap((file) => identifiersIn(readFileSync(file, "utf8")));
  const builtIn = BUILT_IN.flatMap((type) => [...membersOf(type), ...membersOf(type.prototype as object)]);
  return new Set([...declared, ...builtIn]);
}

function identifiersIn(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text);
  const names: string[] = [];
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan())
    if (token === ts.SyntaxKind.Identifier || token > ts.SyntaxKind.LastReservedWord)
      names.push(scanner.getTokenText());
  return names;
}

/** With those that it inherits. */
const membersOf = (one: object | null): string[] =>
  one ? [...Object.getOwnPropertyNames(one), ...membersOf(Object.getPrototypeOf(one) as object | null)] : [];
