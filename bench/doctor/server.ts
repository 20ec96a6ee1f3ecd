// SPDX-License-Identifier: Apache-2.0
// The factory server: whether it answers where the product says, and whether its data can be used.
import type { Product } from "../build/product.js";
import { withDataFolder } from "../data-folder.js";
import type { Finding } from "./finding.js";
import { ok, warn, wrong, wrongBy } from "./finding.js";

const ANSWER_MS = 5000;

export async function checkServer({ serverUrl }: Product): Promise<Finding> {
  try {
    const answer = await fetch(new URL("/v1/health", serverUrl), { signal: AbortSignal.timeout(ANSWER_MS) });
    const { name, version } = (await answer.json()) as { name?: string; version?: string };
    if (name === "lightline") return ok("server", `${serverUrl} is lightline ${version ?? ""}`.trimEnd());
  } catch (error) {
    if (!(error instanceof SyntaxError))
      return warn("server", `nothing answers at ${serverUrl}: start lightline serve, or correct "serverUrl".`);
  }
  return wrong("server", `what answers at ${serverUrl} is no factory server: correct "serverUrl" in product.json.`);
}

export async function checkData(dataDir: string, { name }: Product): Promise<Finding> {
  try {
    const fixtures = await withDataFolder(dataDir, ({ admin }) => admin.fixtures());
    const inUse = fixtures.filter(({ product, revoked }) => product === name && !revoked).length;
    return inUse
      ? ok("data", `${dataDir}: fixtures of ${name} in use: ${inUse}`)
      : warn("data", `${dataDir} has no fixture of ${name}: lightline fixture add makes one.`);
  } catch (error) {
    return wrongBy("data", error);
  }
}
