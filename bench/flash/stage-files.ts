// SPDX-License-Identifier: Apache-2.0
// What a board gets of a product: the stages of a role, or all.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Board, Role } from "../build/boards.js";
import type { Stage } from "../build/build.js";
import { buildStages, STAGES } from "../build/build.js";
import type { Product } from "../build/product.js";
import { storageFiles, storageName } from "../build/storage-files.js";
import { UserError } from "../errors.js";

/** By name in Storage, as latin-1 text. */
export interface StageFiles {
  readonly [name: string]: string;
}

/** A fixture that has no key yet, and what became of a DUT, run the application. */
const OTHER_ROLE: { readonly [role in Role]: Stage } = { dut: "fixture", fixture: "dut" };

/** @throws UserError BOARD_NO_EMITTER, BOARD_NO_SENSOR, and of the build */
export async function buildStageFiles(board: Board, product: Product, role: Role | undefined): Promise<StageFiles> {
  const outDir = mkdtempSync(join(tmpdir(), "lightline-flash-"));
  try {
    const build = await buildStages({ boards: [board.name], product: product.dir, outDir });
    return stagesOf(storageFiles(build, board.name), role);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** @throws UserError when this board cannot have the role */
export function checkRole({ name, roles }: Board, role: Role | undefined): void {
  if (!role || roles.includes(role)) return;
  throw role === "fixture"
    ? new UserError("BOARD_NO_EMITTER", `${name} cannot be a fixture: take a board whose "roles" has "fixture".`)
    : new UserError("BOARD_NO_SENSOR", `${name} cannot be a unit: take a board whose "roles" has "dut".`);
}

/** Those of a role, or all. */
export function stagesOf(files: StageFiles, role: Role | undefined): StageFiles {
  const names = STAGES.filter((stage) => role === undefined || stage !== OTHER_ROLE[role]).map(storageName);
  return Object.fromEntries(names.map((name) => [name, files[name] as string]));
}
