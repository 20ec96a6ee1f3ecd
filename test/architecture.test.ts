// SPDX-License-Identifier: Apache-2.0
// Who may import whom: one table, checked over every file.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Layer {
  /** Path of its files from the root; the first row that fits a file is its layer. */
  readonly files: RegExp;
  readonly mayImport: readonly RegExp[];
  /** Node's own modules and packages. */
  readonly packages: boolean;
}

const CORE = /^firmware\/core\//;
const HAL = /^hal\/[^/]+\.ts$/;
const STORE = /^firmware\/store\//;
const DEVICE = /^firmware\/device\//;
const API = /^firmware\/api\//;
const LINKED = /^lightline:/;
const MODELS = /^hal\/sim\/models\//;

const LAYERS: readonly Layer[] = [
  { files: CORE, mayImport: [CORE], packages: false },
  { files: HAL, mayImport: [HAL], packages: false },
  { files: STORE, mayImport: [CORE, HAL, STORE], packages: false },
  { files: DEVICE, mayImport: [CORE, HAL, STORE, DEVICE], packages: false },
  { files: API, mayImport: [CORE, HAL, STORE, DEVICE, API], packages: false },
  { files: /^firmware\/roles\//, mayImport: [CORE, HAL, STORE, DEVICE, API], packages: false },
  {
    files: /^firmware\/stages\//,
    mayImport: [/^firmware\/(roles|api|device)\//, /^firmware\/selftest\/options\.ts$/, /^hal\/espruino\//, LINKED],
    packages: false,
  },
  {
    files: /^firmware\/selftest\//,
    mayImport: [CORE, HAL, DEVICE, /^firmware\/selftest\//, /^hal\/espruino\//, LINKED],
    packages: false,
  },
  { files: /^hal\/espruino\//, mayImport: [HAL, /^hal\/espruino\//], packages: false },
  { files: MODELS, mayImport: [HAL, CORE, MODELS], packages: true },
  { files: /^hal\/sim\//, mayImport: [HAL, CORE, /^hal\/sim\//, /^emulator\/models\//], packages: true },
  { files: /^emulator\//, mayImport: [HAL, CORE, MODELS, /^emulator\//], packages: true },
  {
    files: /^server\//,
    mayImport: [/^server\//, /^firmware\/core\/(protocol|blinkup)\//],
    packages: true,
  },
  { files: /^(bench\/|rollup\.config)/, mayImport: [/^(?!firmware\/stages\/)/], packages: true },
  { files: /^examples\//, mayImport: [/^examples\//], packages: false },
  { files: /^(test\/|eslint\.config)/, mayImport: [/^/], packages: true },
];

const IGNORED = new Set(["node_modules", "dist", "coverage", ".git", ".lightline"]);

function sourceFiles(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : sourceFiles(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/** Every module that a text names: imports, type imports, exports, import(), in code and in types. */
function importsOf(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) found.push(...textOf(node.moduleSpecifier));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      found.push(...textOf(node.argument.literal));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push(...textOf(node.arguments[0]));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest));
  return found;
}

const textOf = (node: ts.Node | undefined) => (node && ts.isStringLiteralLike(node) ? [node.text] : []);

/** The file from the root that a module name means, or the package's name. */
function targetOf(file: string, name: string): string {
  return name.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(file), name)).replace(/\.js$/, ".ts") : name;
}

/** Sentences, one for each import that the table does not allow. */
function faultsOf(file: string, text: string): string[] {
  const layer = LAYERS.find(({ files }) => files.test(file));
  if (!layer) return [`${file} is in no layer: add it to the table of this test.`];
  return importsOf(text)
    .filter((name) => {
      if (!name.startsWith(".") && !LINKED.test(name)) return !layer.packages;
      return !layer.mayImport.some((allowed) => allowed.test(targetOf(file, name)));
    })
    .map((name) => `${file} must not import ${name}.`);
}

describe("the import table", () => {
  it("holds for every file", () => {
    const faults = sourceFiles(".").flatMap((file) => faultsOf(file, readFileSync(join(ROOT, file), "utf8")));
    assert.equal(faults.join("\n"), "");
  });

  it("lets a stage import one role only", () => {
    for (const file of sourceFiles("firmware/stages")) {
      const roles = importsOf(readFileSync(join(ROOT, file), "utf8")).filter((name) => name.includes("/roles/"));
      assert.ok(new Set(roles).size <= 1, `${file} imports ${roles.join(" and ")}: a stage runs one role.`);
    }
  });

  it("speaks of folders that exist", () => {
    for (const folder of ["firmware/core", "firmware/store", "firmware/device", "firmware/api", "firmware/roles"]) {
      assert.ok(existsSync(join(ROOT, folder)), folder);
    }
  });

  for (const [file, text, allowed] of [
    ["firmware/core/modem/receiver.ts", 'import { readFileSync } from "node:fs";', false],
    ["firmware/core/modem/receiver.ts", 'import type { Clock } from "../../../hal/clock.js";', false],
    ["firmware/store/record-log.ts", 'import type { Clock } from "../../hal/clock.js";', true],
    ["firmware/store/record-log.ts", 'import { clock } from "../../hal/espruino/clock.js";', false],
    ["firmware/device/link.ts", 'export * from "../roles/dut.js";', false],
    ["hal/espruino/clock.ts", 'type Clock = import("../sim/clock.js").Clock;', false],
    ["hal/sim/clock.ts", 'import { NorFlash } from "./models/nor-flash.js";', true],
    ["emulator/globals.ts", 'import { simClock } from "../hal/sim/clock.js";', false],
    ["server/app.ts", 'import { Channel } from "../firmware/core/protocol/channel.js";', true],
    ["server/app.ts", 'import { Receiver } from "../firmware/core/modem/receiver.js";', false],
    ["bench/cli.ts", 'await import("../firmware/stages/boot.js");', false],
    ["attic/old.ts", "", false],
  ] as const) {
    it(`${allowed ? "allows" : "refuses"} ${text || "a file of no layer"} in ${file}`, () => {
      assert.equal(faultsOf(file, text).length, allowed ? 0 : 1);
    });
  }
});
