// SPDX-License-Identifier: Apache-2.0
// What time alone does to units: silent ones are re-seat, grants unacknowledged for a day are lost.
import type { ServerClock } from "./clock.js";
import type { Turn } from "./conversation/turn.js";

const SILENT_MS = 60_000;
const LOST_MS = 24 * 3600 * 1000;
const SWEEP_MS = 10_000;

export async function sweep(turn: Turn): Promise<void> {
  const due = await turn.trx
    .selectFrom("units")
    .select(["device_id", "state"])
    .where((eb) =>
      eb.or([
        eb.and([eb("state", "=", "blessed"), eb("heard_at", "<=", turn.now - SILENT_MS)]),
        eb.and([eb("state", "=", "blessing"), eb("changed_at", "<=", turn.now - LOST_MS)]),
      ]),
    )
    .execute();
  for (const { device_id, state } of due) await turn.unitEvent(device_id, state === "blessed" ? "q" : "t");
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
