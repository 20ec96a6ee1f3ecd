// SPDX-License-Identifier: Apache-2.0
// One agent works at one server at a time, whatever servers share the database: a lease while it works, by the database's clock.
import type { Turn } from "../conversation/turn.js";
import type { Db } from "../store/database.js";
import type { AgentId } from "./agent-store.js";

/** Longer than a call may take; a server that died holds its agents for so long. */
const LEASE_MS = 60_000;

/** "held": it works at another server now. "moved": it worked there last, and what this server has of it is old. */
export async function takeLease(turn: Turn, id: AgentId, server: string): Promise<"held" | "moved" | "kept"> {
  const row = await leaseOf(turn, id);
  if (row && row.server !== server && row.busy_until > turn.now) return "held";
  const lease = { server, busy_until: turn.now + LEASE_MS };
  await turn.trx
    .insertInto("agent_leases")
    .values({ device_id: id.deviceId, role: id.role, ...lease })
    .onConflict((conflict) => conflict.columns(["device_id", "role"]).doUpdateSet(lease))
    .execute();
  return row && row.server !== server ? "moved" : "kept";
}

/** False when another server has taken it over: what was done here counts for nothing. */
export async function keepLease(turn: Turn, id: AgentId, server: string, isBusy: boolean): Promise<boolean> {
  if ((await leaseOf(turn, id))?.server !== server) return false;
  await turn.trx
    .updateTable("agent_leases")
    .set({ busy_until: isBusy ? turn.now + LEASE_MS : 0 })
    .where("device_id", "=", id.deviceId)
    .where("role", "=", id.role)
    .execute();
  return true;
}

/** A server that ends leaves its agents to the others. */
export async function endLeases(db: Db, server: string): Promise<void> {
  await db.updateTable("agent_leases").set({ busy_until: 0 }).where("server", "=", server).execute();
}

const leaseOf = ({ trx }: Turn, { deviceId, role }: AgentId) =>
  trx
    .selectFrom("agent_leases")
    .select(["server", "busy_until"])
    .where("device_id", "=", deviceId)
    .where("role", "=", role)
    .executeTakeFirst();
