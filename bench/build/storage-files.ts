// SPDX-License-Identifier: Apache-2.0
// A build as Espruino's Storage holds it: the boot code under its own name, each stage under ll.NAME, as latin-1 text.
import { readFileSync } from "node:fs";
import type { BuildResult, Stage } from "./build.js";
import { STAGES } from "./build.js";

export const BOOT_FILE = ".bootcde";

export const storageName = (stage: Stage): string => (stage === "boot" ? BOOT_FILE : `ll.${stage}`);

export function storageFiles(build: BuildResult, board: string): { [name: string]: string } {
  const stages = build[board];
  if (!stages) throw new Error(`${board} was not built`);
  return Object.fromEntries(STAGES.map((stage) => [storageName(stage), readFileSync(stages[stage].file, "latin1")]));
}
