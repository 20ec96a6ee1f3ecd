// SPDX-License-Identifier: Apache-2.0
// What time it is for whatever expires: by the database that several servers share, whose own clocks may differ.
import { PostgresAdapter, sql } from "kysely";
import type { ServerClock } from "../clock.js";
import { systemClock } from "../clock.js";
import type { Db } from "./database.js";

/** Milliseconds since 1970. A file's server is alone with it, and a line of virtual boards has a clock of its own. */
export async function storedNow(db: Db, clock: ServerClock): Promise<number> {
  if (clock !== systemClock || !(db.getExecutor().adapter instanceof PostgresAdapter)) return clock.now();
  const { rows } = await sql<{ now: number }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
  return rows[0]?.now as number;
}
