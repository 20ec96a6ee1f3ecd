// SPDX-License-Identifier: Apache-2.0
// Builds the virtual boards and writes what its stages cost as the new firmware/budget.json: npm run budget.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGET_BOARDS, BUDGET_FILE, budgetStages, costOf } from "./budget.js";
import { buildStages } from "./build.js";

const product = fileURLToPath(new URL("../../examples/hello-sensor", import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), "budget-"));
const built = await buildStages({ boards: BUDGET_BOARDS, product, outDir });
rmSync(outDir, { recursive: true });
writeFileSync(BUDGET_FILE, JSON.stringify(costOf(built), undefined, 2) + "\n");
for (const [stage, { bytes, functions, callDepth, callChain }] of Object.entries(budgetStages(built))) {
  const counts = Object.entries(functions).map(([depth, count]) => `${count} at depth ${depth}`);
  process.stdout.write(`${stage}: ${bytes} bytes; functions ${counts.join(", ")}; ${callDepth} nested calls\n`);
  process.stdout.write(`  ${callChain.join("\n  ")}\n`);
}
