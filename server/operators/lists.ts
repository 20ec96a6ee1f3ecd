// SPDX-License-Identifier: Apache-2.0
// What operators look through, a page at a time.
import type { Selectable } from "kysely";
import { attemptsOf } from "../conversation/results.js";
import type { ServerClock } from "../clock.js";
import { ServerError, unknownUnit } from "../errors.js";
import type { Page, PageQuery } from "./pages.js";
import { pageOf, placeOf } from "./pages.js";
import type { Db } from "../store/database.js";
import { groupRows } from "../store/groups.js";
import { storedNow } from "../store/now.js";
import type { Tables } from "../store/schema.js";
import { blessingOf, unitRows, unitView } from "../store/units.js";
import type { AuditEntry, GroupRow, MeasurementRow, RunRow, TokenRow, UnitCard, UnitRow } from "./views.js";

export interface Since {
  /** Milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
}

export interface UnitFilter extends Since {
  readonly state?: string | undefined;
  readonly product?: string | undefined;
}

export interface TokenFilter extends Since {
  readonly product?: string | undefined;
}

export interface AuditFilter extends Since {
  /** A device, a fixture, "groups", "keys" or "strangers". */
  readonly chain?: string | undefined;
}

const LATEST_ITEMS = 100;

const iso = (ms: number): string => new Date(ms).toISOString();

export class Lists {
  constructor(
    private readonly db: Db,
    private readonly clock: ServerClock,
  ) {}

  /** By device id; `since` is when they last changed. */
  async units({ state, product, sinceMs }: UnitFilter, { limit, cursor }: PageQuery): Promise<Page<UnitRow>> {
    const after = placeOf(cursor, "");
    let query = unitRows(this.db)
      .orderBy("device_id")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("device_id", ">", after);
    if (state !== undefined) query = query.where("state", "=", state as Tables["units"]["state"]);
    if (product !== undefined) query = query.where("units.product", "=", product);
    if (sinceMs !== undefined) query = query.where("changed_at", ">=", sinceMs);
    const rows = (await query.execute()).map(unitRow);
    return pageOf(rows, limit, ({ deviceId }) => deviceId);
  }

  /** @throws ServerError UNKNOWN_UNIT */
  async unit(deviceId: string): Promise<UnitCard> {
    const row = await unitRows(this.db).where("device_id", "=", deviceId).executeTakeFirst();
    if (!row) throw unknownUnit(deviceId);
    const blessing = await blessingOf(this.db, deviceId);
    const items = await this.db
      .selectFrom("uplinks")
      .select(["at", "name", "data"])
      .where("sender", "=", deviceId)
      .orderBy("at", "desc")
      .orderBy("number", "desc")
      .limit(LATEST_ITEMS)
      .execute();
    return {
      ...unitRow(row),
      blessing: blessing && { ...blessing, acknowledgedAt: iso(blessing.acknowledgedAt) },
      items: items.reverse().map(({ at, ...item }) => ({ at: iso(at), ...item })),
    };
  }

  /** Of one unit, oldest first. @throws ServerError UNKNOWN_UNIT */
  async runs(deviceId: string, { sinceMs }: Since, { limit, cursor }: PageQuery): Promise<Page<RunRow>> {
    const after = placeOf(cursor, 0);
    const known = await this.db
      .selectFrom("units")
      .select("state")
      .where("device_id", "=", deviceId)
      .executeTakeFirst();
    if (!known) throw unknownUnit(deviceId);
    let query = this.db
      .selectFrom("runs")
      .selectAll()
      .where("device_id", "=", deviceId)
      .orderBy("id")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("id", ">", after);
    if (sinceMs !== undefined) query = query.where("started_at", ">=", sinceMs);
    const { rows, next } = pageOf(await query.execute(), limit, ({ id }) => id);
    return { rows: await Promise.all(rows.map((row) => this.runRow(row))), next };
  }

  async groups({ limit, cursor }: PageQuery): Promise<Page<GroupRow>> {
    const rows = await groupRows(this.db)
      .where("groups.id", ">", placeOf(cursor, 0) ?? 0)
      .limit(limit + 1)
      .execute();
    return pageOf(rows.map(groupRow), limit, ({ id }) => id);
  }

  /** @throws ServerError UNKNOWN_GROUP */
  async group(id: number): Promise<GroupRow> {
    const row = await groupRows(this.db).where("groups.id", "=", id).executeTakeFirst();
    if (row) return groupRow(row);
    throw new ServerError("UNKNOWN_GROUP", `There is no group ${id}: look at lightline groups.`);
  }

  /** By id; `since` is when they expire. */
  async tokens({ product, sinceMs }: TokenFilter, { limit, cursor }: PageQuery): Promise<Page<TokenRow>> {
    const after = placeOf(cursor, "");
    let query = this.db
      .selectFrom("tokens")
      .select(["id", "kind", "product", "fixture", "slot", "device_id", "crosstalk", "expires_at"])
      .orderBy("id")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("id", ">", after);
    if (product !== undefined) query = query.where("product", "=", product);
    if (sinceMs !== undefined) query = query.where("expires_at", ">=", sinceMs);
    const now = await storedNow(this.db, this.clock);
    const rows = (await query.execute()).map(({ id, kind, product, fixture, slot, ...row }) => {
      const state: TokenRow["state"] = tokenState(row, now);
      return { id, kind, product, fixture, slot, state, deviceId: row.device_id, expiresAt: iso(row.expires_at) };
    });
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Oldest first. */
  async audit({ chain, sinceMs }: AuditFilter, { limit, cursor }: PageQuery): Promise<Page<AuditEntry>> {
    let query = this.db
      .selectFrom("audit")
      .selectAll()
      .where("id", ">", placeOf(cursor, 0) ?? 0)
      .orderBy("id")
      .limit(limit + 1);
    if (chain !== undefined) query = query.where("device_id", "=", chain);
    if (sinceMs !== undefined) query = query.where("at", ">=", sinceMs);
    const rows = (await query.execute()).map(({ id, device_id, at, event, detail, hash }) => ({
      id,
      chain: device_id,
      at: iso(at),
      event,
      detail: JSON.parse(detail) as unknown,
      hash,
    }));
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Every value that was measured, in the order in which they came. */
  async measurements({ limit, cursor }: PageQuery): Promise<Page<MeasurementRow>> {
    const rows = await this.db
      .selectFrom("measurements")
      .innerJoin("phases", "phases.position", "measurements.phase_position")
      .innerJoin("runs", "runs.id", "phases.run")
      .innerJoin("units", "units.device_id", "runs.device_id")
      .select(["measurements.position", "measurements.name", "measurements.value"])
      .select(["phases.phase", "phases.attempt", "phases.outcome", "runs.id as run", "runs.started_at", "runs.verdict"])
      .select(["units.device_id", "units.serial", "units.product"])
      .where("measurements.position", ">", placeOf(cursor, 0) ?? 0)
      .orderBy("measurements.position")
      .limit(limit + 1)
      .execute();
    const { rows: shown, next } = pageOf(rows, limit, ({ position }) => position);
    return {
      rows: shown.map(
        ({ device_id, serial, product, run, started_at, verdict, phase, attempt, outcome, name, value }) => ({
          ...{ deviceId: device_id, serial, product, run, startedAt: iso(started_at), verdict },
          ...{ phase, attempt, outcome, name, value },
        }),
      ),
      next,
    };
  }

  private async runRow({ id, started_at, verdict }: Selectable<Tables["runs"]>): Promise<RunRow> {
    const attempts = (await attemptsOf(this.db, "run", id)).map(({ measurements, ...attempt }) => ({
      ...attempt,
      measurements: measurements.map(({ name, value }) => ({ name, value: Number.isFinite(value) ? value : null })),
    }));
    return { id, startedAt: iso(started_at), verdict, attempts };
  }
}

const unitRow = (row: Parameters<typeof unitView>[0] & { readonly changed_at: number }): UnitRow => ({
  ...unitView(row),
  changedAt: iso(row.changed_at),
});

type GroupFacts = Awaited<ReturnType<ReturnType<typeof groupRows>["execute"]>>[number];

const groupRow = ({ id, product, name, kind, units, ...rest }: GroupFacts): GroupRow => ({
  ...{ id, product, name, kind },
  dutTarget: rest.dut_target,
  productionTarget: rest.production_target,
  unblessKey: rest.key_made_at !== null,
  units,
});

function tokenState(
  token: { readonly crosstalk: number; readonly device_id: string | null; readonly expires_at: number },
  now: number,
): TokenRow["state"] {
  if (token.crosstalk) return "crosstalk";
  if (token.device_id !== null) return "used";
  return now > token.expires_at ? "expired" : "waiting";
}
