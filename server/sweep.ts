// SPDX-License-Identifier: Apache-2.0
// What time alone does to units: silent ones are re-seat, grants unacknowledged for a day are lost.
import type { ServerClock } from "./clock.js";
import type { Turn } from "./conversation/turn.js";
import type { Db } from "./store/database.js";

const SILENT_MS = 60_000;
const LOST_MS = 24 * 3600 * 1000;
const SWEEP_MS = 10_000;

export async function sweep(turn: Turn): Promise<void> {
  for (const { device_id, state } of await dueUnits(turn.trx, turn.now))
    await turn.unitEvent(device_id, state === "blessed" ? "q" : "t");
}

/** Units whose time is over; a look that makes nobody wait. */
export function dueUnits(db: Db, now: number) {
  return db
    .selectFrom("units")
    .select(["device_id", "state"])
    .where((eb) =>
      eb.or([
        eb.and([eb("state", "=", "blessed"), eb("heard_at", "<=", now - SILENT_MS)]),
        eb.and([eb("state", "=", "blessing"), eb("changed_at", "<=", now - LOST_MS)]),
      ]),
    )
    .execute();
}

/** Sweeps again and again; the returned function stops it. */
export function startSweeping(clock: ServerClock, sweepOnce: () => Promise<void>): () => void {
  let stopped = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    if (!stopped) cancel = clock.after(SWEEP_MS, () => void sweepOnce().then(next, next));
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}
