// SPDX-License-Identifier: Apache-2.0
// A unit as its row, its group and its blessing tell of it.
import type { Selectable } from "kysely";
import { hex } from "../crypto.js";
import type { GroupKind } from "../domain/groups.js";
import type { UnitState } from "../domain/unit-machine.js";
import type { Db } from "./database.js";
import type { Tables } from "./schema.js";

export interface UnitView {
  readonly deviceId: string;
  readonly product: string;
  readonly group: GroupKind;
  readonly state: UnitState;
  readonly serial: string | null;
  readonly fixture: string | null;
  readonly slot: number;
}

export interface BlessingView {
  /** The signed bytes, as text. */
  readonly record: string;
  /** Hex. */
  readonly signature: string;
  readonly acknowledgedAt: number;
}

/** Every unit with the kind of its group, to be narrowed down. */
export const unitRows = (db: Db) =>
  db
    .selectFrom("units")
    .innerJoin("groups", "groups.id", "units.group_id")
    .selectAll("units")
    .select("groups.kind as group_kind");

export const unitView = (row: Selectable<Tables["units"]> & { readonly group_kind: GroupKind }): UnitView => ({
  deviceId: row.device_id,
  product: row.product,
  group: row.group_kind,
  state: row.state,
  serial: row.serial,
  fixture: row.fixture,
  slot: row.slot,
});

/** The one that the unit acknowledged; null before. */
export async function blessingOf(db: Db, deviceId: string): Promise<BlessingView | null> {
  const grant = await db
    .selectFrom("grants")
    .select(["record", "signature", "acknowledged_at"])
    .where("device_id", "=", deviceId)
    .where("acknowledged_at", "is not", null)
    .executeTakeFirst();
  if (!grant) return null;
  return {
    record: grant.record.toString("latin1"),
    signature: hex(grant.signature),
    acknowledgedAt: grant.acknowledged_at as number,
  };
}
