// SPDX-License-Identifier: Apache-2.0
// Builds the stages of a product for its boards: one script each, for Espruino.
//
// TypeScript runs once for all boards and stages; what it made is then bundled, minified, put in Espruino's order,
// stamped with its hash, checked and counted, stage by stage.
import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import typescript from "@rollup/plugin-typescript";
import { parse } from "acorn";
import { rollup } from "rollup";
import type { OutputOptions, Plugin, RollupLog, RollupOptions, SourceMapInput } from "rollup";
import { minify } from "terser";
import { SCRIPT_CONSTANTS } from "../../firmware/api/constants.js";
import { UserError } from "../errors.js";
import type { Board } from "./boards.js";
import { loadBoard } from "./boards.js";
import type { Census } from "./census.js";
import { takeCensus } from "./census.js";
import { checkScript } from "./check-script.js";
import { checkBundle, locateBy } from "./espruino-check.js";
import { hoist } from "./hoist.js";
import { linkedModules, UNHASHED } from "./linked-modules.js";
import { MERGE_MARK } from "./merge.js";
import { mergePasses } from "./mergeable.js";
import { phaseFile, selfTestOptions } from "./phases.js";
import { loadProduct, SCRIPT_ROLES, scriptPath } from "./product.js";
import { inPlugin, rethrow, sourceError } from "./rollup-errors.js";
import { shownPath } from "./schema.js";
import { selfTestModules } from "./self-test-modules.js";

export const STAGES = ["boot", "receive", "dut", "fixture", "application"] as const;
export type Stage = (typeof STAGES)[number];

/**
 * In a function of its own, so that nothing of it stays once it is done: the boot file goes on to its stage. The others stand
 * at root scope, where each function takes a variable less (ADR 0004).
 */
const isWrapped = (stage: Stage): boolean => stage === "boot";

/** A sensor of another kind has another receive stage: RAM goes by function. */
const sourceOf = (stage: Stage, { light }: Board): string =>
  stage === "receive" && light.sensor === "edges" ? "receive-edges.ts" : `${stage}.ts`;

export interface BuildOptions {
  readonly boards: readonly string[];
  /** The product's folder. */
  readonly product: string;
  readonly outDir: string;
  /** Folder of the stages' sources, and the tsconfig.json that they compile under. */
  readonly stages?: { readonly dir: string; readonly tsconfig: string };
}

export interface StageBuild extends Census {
  readonly file: string;
  readonly bytes: number;
  /** Of the finished file, 64 hex digits. */
  readonly sha256: string;
  /** What the stage says of itself in its hello: 16 hex digits, over the file with zeros in their place. */
  readonly stageHash: string;
}

export interface BuildResult {
  readonly [board: string]: { readonly [stage in Stage]: StageBuild };
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const FIRMWARE = { dir: join(ROOT, "firmware/stages"), tsconfig: join(ROOT, "hal/espruino/tsconfig.json") };
const LINKED = /^lightline:/;
/** What every boot file begins with: var, then this. */
export const BOOT_NAME = "__boot";
/** The boot file runs its stage at root scope: in a function each closure of the stage would keep one scope more. */
const ROOT_EVALUATION = `eval(require("Storage").read(${BOOT_NAME}.stage));`;

/** Builds every stage for each board and writes dist/BOARD/STAGE.js and .js.map. @throws UserError */
export async function buildStages(options: BuildOptions): Promise<BuildResult> {
  const result: { [board: string]: { [stage: string]: StageBuild } } = {};
  const configs = await stageConfigs(options, (board, stage, built) => ((result[board] ??= {})[stage] = built));
  for (const config of configs) {
    const bundle = await rollup(config).catch(rethrow);
    await bundle.write(config.output as OutputOptions).catch(rethrow);
    await bundle.close();
  }
  return result as BuildResult;
}

type Report = (board: string, stage: Stage, built: StageBuild) => void;

/** The rollup configurations of every stage for each board. @throws UserError when the inputs are not right. */
export async function stageConfigs(options: BuildOptions, report?: Report): Promise<RollupOptions[]> {
  const boards = options.boards.map(loadBoard);
  const product = loadProduct(options.product);
  for (const role of SCRIPT_ROLES) checkScript(scriptPath(product, role), role);
  const stages = options.stages ?? FIRMWARE;
  const sources = new Set(boards.flatMap((board) => STAGES.map((stage) => join(stages.dir, sourceOf(stage, board)))));
  const phases = product.selfTest?.phases ?? [];
  const compiled = await compileSources([...sources, ...phases.map(phaseFile)], stages.tsconfig);
  return boards.flatMap((board) =>
    STAGES.map((stage) => ({
      input: join(stages.dir, sourceOf(stage, board)),
      plugins: [
        linkedModules(
          board,
          product,
          SCRIPT_ROLES.find((role) => role === stage),
        ),
        selfTestModules(phases, selfTestOptions(board, product.selfTest ?? {})),
        compiled,
        ...(isWrapped(stage) ? [minifier(true), orderer] : atRoot()),
        finisher(stage === "boot" ? ROOT_EVALUATION : "", (built) => report?.(board.name, stage, built)),
      ],
      output: outputOf(stage, join(resolve(options.outDir), board.name, `${stage}.js`)),
    })),
  );
}

function outputOf(stage: Stage, file: string): OutputOptions {
  const name = stage === "boot" ? { name: BOOT_NAME } : {};
  const format = isWrapped(stage) ? "iife" : "es";
  return { file, ...name, format, sourcemap: "hidden", strict: false, esModule: false, freeze: false };
}

/** Runs TypeScript over all of them and returns a plugin that serves what it made. */
export async function compileSources(input: string[], tsconfig: string): Promise<Plugin> {
  const errors: RollupLog[] = [];
  const failIfErrors = () => {
    if (errors.length) throw new UserError("BUILD_FAILED", errors.map(sourceError).join("\n"));
  };
  const bundle = await rollup({
    input,
    external: (id) => LINKED.test(id),
    // An error would leave the plugin's compiler open, so they come as warnings and all together.
    plugins: [typescript({ tsconfig, sourceMap: true, inlineSources: true })],
    onwarn: (log) => errors.push(log),
    treeshake: false,
  }).catch((error: Error) => {
    failIfErrors();
    throw error;
  });
  const modules = new Map(bundle.cache!.modules.map((module) => [module.id, module]));
  await bundle.close();
  failIfErrors();
  return {
    name: "lightline-compiled",
    resolveId: (source, importer) => modules.get(importer ?? "")?.resolvedIds[source]?.id ?? null,
    load(id) {
      const module = modules.get(id);
      return module ? { code: module.originalCode, map: module.originalSourcemap as SourceMapInput } : null;
    },
  };
}

export const minifier = (wrapped: boolean): Plugin => ({
  name: "lightline-minify",
  async renderChunk(code) {
    const minified = await minify(code, {
      ecma: 2015,
      toplevel: !wrapped,
      compress: { global_defs: SCRIPT_CONSTANTS, passes: 2, hoist_vars: true, hoist_funs: true, negate_iife: false },
      mangle: { properties: { regex: /^_[^_]/ } },
      format: { ascii_only: true, comments: (_, { value }) => value.startsWith(MERGE_MARK) },
      sourceMap: true,
    });
    return { code: minified.code!, map: minified.map as string };
  },
});

export const orderer: Plugin = { name: "lightline-order", renderChunk: (code) => hoist(code) ?? null };

/** Minified, and of few functions. */
function atRoot(): Plugin[] {
  const { mark, merge } = mergePasses();
  return [mark, minifier(false), orderer, merge];
}

/** Bundles any entry as a stage is: for what is measured in an interpreter. */
export async function bundleForEspruino(input: string, tsconfig: string): Promise<string> {
  const bundle = await rollup({
    input,
    plugins: [typescript({ tsconfig, sourceMap: true }), ...atRoot()],
  });
  const { output } = await bundle.generate({ ...outputOf("receive", "bundle.js"), file: undefined });
  await bundle.close();
  return output[0].code;
}

/** Stands in a bundle for the names that it leaves at the root, which a stage that chains another one takes back. */
const ROOT_NAMES = "lightline:names";

function rootNames(code: string): string {
  const declared = parse(code, { ecmaVersion: 2020, sourceType: "script" }).body.flatMap((node) => {
    if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") return [node.id];
    return node.type === "VariableDeclaration" ? node.declarations.map(({ id }) => id) : [];
  });
  return declared.flatMap((id) => (id.type === "Identifier" ? id.name : [])).join(" ");
}

/** Stamps, checks and counts the finished bundle. */
function finisher(footer: string, report: (built: StageBuild) => void): Plugin {
  return {
    name: "lightline-finish",
    generateBundle({ file }, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        chunk.code = chunk.code.trimEnd() + footer + "\n";
        chunk.code = chunk.code.replace(ROOT_NAMES, rootNames(chunk.code));
        const stageHash = sha256(chunk.code).slice(0, UNHASHED.length);
        chunk.code = chunk.code.replaceAll(`"${UNHASHED}"`, `"${stageHash}"`);
        const locate = locateBy(chunk.map!.toString(), chunk.fileName, (path) =>
          shownPath(resolve(dirname(file!), path)),
        );
        const source = inPlugin(() => checkBundle(chunk.code, locate));
        const { length: bytes } = chunk.code;
        report({ file: file!, bytes, sha256: sha256(chunk.code), stageHash, ...takeCensus(source, locate) });
      }
    },
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
