// SPDX-License-Identifier: Apache-2.0
// A product's agents: checked against what an agent may call, and bundled into one JavaScript file each.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { rollup } from "rollup";
import type { AgentScripts } from "../../server/agents/agent-host.js";
import { loadBoard } from "./boards.js";
import { checkAgents } from "./check-script.js";
import { linkedModules } from "./linked-modules.js";
import type { Product } from "./product.js";
import { SCRIPT_ROLES } from "./product.js";
import { rethrow } from "./rollup-errors.js";

/** dut.agent.ts, fixture.agent.ts and application.agent.ts, where there are any. @throws UserError SCRIPT_INVALID */
export async function buildAgents(product: Product): Promise<AgentScripts> {
  const fileOf = (role: string): string => join(product.dir, `${role}.agent.ts`);
  const roles = SCRIPT_ROLES.filter((role) => existsSync(fileOf(role)));
  checkAgents(roles.map(fileOf));
  const built = roles.map(async (role) => [role, await bundle(product, fileOf(role))] as const);
  return Object.fromEntries(await Promise.all(built));
}

async function bundle(product: Product, input: string): Promise<string> {
  const plugins = [linkedModules(loadBoard(product.board), product, undefined)];
  const bundled = await rollup({ input, plugins }).catch(rethrow);
  const { output } = await bundled.generate({ format: "iife" });
  await bundled.close();
  return output[0].code;
}
