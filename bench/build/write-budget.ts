// SPDX-License-Identifier: Apache-2.0
// Builds the virtual board and writes what its stages cost as the new firmware/budget.json: npm run budget.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGET_FILE, costOf } from "./budget.js";
import { buildStages } from "./build.js";

const product = fileURLToPath(new URL("../../examples/hello-sensor", import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), "budget-"));
const { virtual } = await buildStages({ boards: ["virtual"], product, outDir });
rmSync(outDir, { recursive: true });
writeFileSync(BUDGET_FILE, JSON.stringify(costOf(virtual!), undefined, 2) + "\n");
for (const [stage, { bytes, functions, callDepth, callChain }] of Object.entries(virtual!)) {
  const counts = Object.entries(functions).map(([depth, count]) => `${count} at depth ${depth}`);
  process.stdout.write(`${stage}: ${bytes} bytes; functions ${counts.join(", ")}; ${callDepth} nested calls\n`);
  process.stdout.write(`  ${callChain.join("\n  ")}\n`);
}
