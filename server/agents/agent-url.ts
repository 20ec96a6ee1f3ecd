// SPDX-License-Identifier: Apache-2.0
// An agent's secret address: who knows it may ask.
import { randomBytes } from "node:crypto";
import type { Trx } from "../store/database.js";

const SECRET_BYTES = 16;

/** The id in /agent/ID, made at the first call. The plan is "" in the factory; `now` in milliseconds since 1970. */
export async function agentUrlOf(trx: Trx, deviceId: string, planId: string, now: number): Promise<string> {
  const known = await trx
    .selectFrom("agent_urls")
    .select("id")
    .where("device_id", "=", deviceId)
    .where("plan_id", "=", planId)
    .executeTakeFirst();
  if (known) return known.id;
  const id = randomBytes(SECRET_BYTES).toString("base64url");
  await trx.insertInto("agent_urls").values({ id, device_id: deviceId, plan_id: planId, made_at: now }).execute();
  return id;
}

/** What an agent's address says: whose it is, and what follows; undefined for an address that is no agent's. */
export function agentAddress(baseUrl: string, url: string) {
  const prefix = `${baseUrl}/agent/`;
  if (!url.startsWith(prefix) || !URL.canParse(url)) return undefined;
  const { pathname, searchParams } = new URL(url);
  const [urlId = "", ...rest] = pathname.slice(new URL(prefix).pathname.length).split("/");
  const query: { readonly [name: string]: string } = Object.fromEntries(searchParams);
  return urlId ? { urlId, path: `/${rest.map(decoded).join("/")}`, query } : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
