// SPDX-License-Identifier: Apache-2.0
// Device Groups as they are stored: a product's own, and where light and blessing move its devices.
import type { Selectable } from "kysely";
import { GROUP_KINDS, targetKinds } from "../domain/groups.js";
import type { GroupKind } from "../domain/groups.js";
import type { Db, Trx } from "./database.js";
import type { Tables } from "./schema.js";

export type Group = Selectable<Tables["groups"]>;

/** Every group with how many units it has, to be narrowed down. */
export const groupRows = (db: Db) =>
  db
    .selectFrom("groups")
    .leftJoin("units", "units.group_id", "groups.id")
    .leftJoin("unbless_keys", "unbless_keys.group_id", "groups.id")
    .selectAll("groups")
    .select("unbless_keys.made_at as key_made_at")
    .select((eb) => eb.fn.count<number>("units.device_id").as("units"))
    .groupBy(["groups.id", "unbless_keys.made_at"])
    .orderBy("groups.id");

export function groupById(db: Db, id: number | null): Promise<Group | undefined> {
  return db.selectFrom("groups").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A product's first of a kind: the one it got when it was made. */
export async function findGroup(db: Db, product: string, kind: GroupKind): Promise<number | undefined> {
  const group = await db
    .selectFrom("groups")
    .select("id")
    .where("product", "=", product)
    .where("kind", "=", kind)
    .orderBy("id")
    .executeTakeFirst();
  return group?.id;
}

/** One of each kind for a product, named by its kind; the fixture groups aim at the others. */
export async function addGroups(trx: Trx, product: string): Promise<void> {
  const ids = new Map<GroupKind, number>();
  const aimless = GROUP_KINDS.filter((kind) => !targetKinds(kind));
  const aiming = GROUP_KINDS.filter((kind) => targetKinds(kind));
  for (const kind of [...aimless, ...aiming]) {
    const targets = targetKinds(kind);
    const dut_target = targets ? (ids.get(targets.dut) as number) : null;
    const production_target = targets ? (ids.get(targets.production) as number) : null;
    const { id } = await trx
      .insertInto("groups")
      .values({ product, kind, name: kind, dut_target, production_target })
      .returning("id")
      .executeTakeFirstOrThrow();
    ids.set(kind, id);
  }
}

export async function moveUnit(trx: Trx, deviceId: string, group: number): Promise<void> {
  await trx.updateTable("units").set({ group_id: group }).where("device_id", "=", deviceId).execute();
}
