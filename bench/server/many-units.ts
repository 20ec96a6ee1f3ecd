// SPDX-License-Identifier: Apache-2.0
// A factory of many units, written past the protocol: what it takes to look through them.
import { randomBytes } from "node:crypto";
import { openDataFolder } from "../../server/data-folder.js";
import { Lists } from "../../server/operators/lists.js";
import { everyRow, PAGE_LIMIT } from "../../server/operators/pages.js";
import type { Db } from "../../server/store/database.js";
import { systemClock } from "../../server/clock.js";

const PIECE = 500;
const VALUES_A_UNIT = 3;

async function fill(db: Db, units: number): Promise<void> {
  const { id: group_id } = await db
    .insertInto("groups")
    .values({ product: "many", kind: "production", name: "production", dut_target: null, production_target: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  for (let first = 0; first < units; first += PIECE)
    await db.transaction().execute(async (trx) => {
      const ids = Array.from({ length: PIECE }, (_, i) => (first + i).toString(16).padStart(16, "0"));
      const same = { product: "many", group_id, state: "shippable", fixture: null, slot: 1, session: null } as const;
      const unitRows = ids.map((device_id, i) => ({
        ...same,
        device_id,
        serial: `M-${first + i}`,
        changed_at: first,
        heard_at: 0,
      }));
      await trx.insertInto("units").values(unitRows).execute();
      const runRows = ids.map((device_id) => ({
        device_id,
        token: "",
        started_at: first,
        lease_until: 0,
        verdict: "passed",
      }));
      const runs = await trx.insertInto("runs").values(runRows).returning("id").execute();
      const phaseRows = runs.map(({ id: run }) => ({ run, session: "", phase: "supply", attempt: 1, outcome: 0 }));
      const phases = await trx.insertInto("phases").values(phaseRows).returning("position").execute();
      for (let n = 0; n < VALUES_A_UNIT; n++) {
        const values = phases.map(({ position }) => ({ phase_position: position, name: `value ${n}`, value: n / 3 }));
        await trx.insertInto("measurements").values(values).execute();
      }
    });
}

export interface LookingTimes {
  readonly pageMs: number;
  readonly lastPageMs: number;
  readonly unitsMs: number;
  readonly measurementsMs: number;
  readonly grownMiB: number;
}

/** Times of a page of 500, of one at the end, and of everything; and by how much memory grew meanwhile. */
export async function lookThrough(
  dataDir: string,
  databaseUrl: string | undefined,
  units: number,
): Promise<LookingTimes> {
  const { db } = await openDataFolder(dataDir, (bytes) => new Uint8Array(randomBytes(bytes)), Date.now(), databaseUrl);
  try {
    await fill(db, units);
    const lists = new Lists(db, systemClock);
    await lists.units({}, { limit: PAGE_LIMIT });
    const before = process.memoryUsage.rss();
    let most = before;
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    };
    const walk = async (rows: AsyncIterable<unknown>): Promise<void> => {
      let count = 0;
      for await (const row of rows) if (row && ++count % 10_000 === 0) most = Math.max(most, process.memoryUsage.rss());
    };
    const nearEnd = Buffer.from(JSON.stringify((units - PAGE_LIMIT).toString(16).padStart(16, "0"))).toString(
      "base64url",
    );
    return {
      pageMs: await timed(() => lists.units({}, { limit: PAGE_LIMIT })),
      lastPageMs: await timed(() => lists.units({}, { limit: PAGE_LIMIT, cursor: nearEnd })),
      unitsMs: await timed(() => walk(everyRow((page) => lists.units({}, page)))),
      measurementsMs: await timed(() => walk(everyRow((page) => lists.measurements(page)))),
      grownMiB: (most - before) / 2 ** 20,
    };
  } finally {
    await db.destroy();
  }
}
