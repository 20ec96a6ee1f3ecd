// SPDX-License-Identifier: Apache-2.0
// The build of examples/hello-sensor, made once for a board however many tests of this process want it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildResult } from "../../bench/build/build.js";
import { buildStages } from "../../bench/build/build.js";

export const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;

const builds = new Map<string, Promise<BuildResult>>();

export function buildExample(board: string): Promise<BuildResult> {
  const known = builds.get(board) ?? build(board);
  builds.set(board, known);
  return known;
}

/** The stages are read from their files later on, so these stay as long as the process. */
function build(board: string): Promise<BuildResult> {
  const outDir = mkdtempSync(join(tmpdir(), "lightline-example-"));
  process.once("exit", () => rmSync(outDir, { recursive: true, force: true }));
  return buildStages({ boards: [board], product: EXAMPLE, outDir });
}
