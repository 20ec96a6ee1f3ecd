// SPDX-License-Identifier: Apache-2.0
// Device Groups: where a product's devices stand, and where light and blessing move them.
import type { Db, Trx } from "./database.js";
import type { Tables } from "./schema.js";

export type GroupKind = Tables["groups"]["kind"];

export async function findGroup(db: Db, product: string, kind: GroupKind): Promise<number | undefined> {
  const group = await db
    .selectFrom("groups")
    .select("id")
    .where("product", "=", product)
    .where("kind", "=", kind)
    .executeTakeFirst();
  return group?.id;
}

/** The four of a product. A fixture group has two targets: where its light moves units, and where blessing does. */
export async function addGroups(trx: Trx, product: string): Promise<void> {
  const add = async (kind: GroupKind, dut: number | null, production: number | null): Promise<number> => {
    const row = await trx
      .insertInto("groups")
      .values({ product, kind, dut_target: dut, production_target: production })
      .returning("id")
      .executeTakeFirstOrThrow();
    return row.id;
  };
  await add("development", null, null);
  const production = await add("production", null, null);
  const dut = await add("dut", null, production);
  await add("fixture", dut, production);
}

/** Moves a unit: light into the DUT group, blessing into the production group. */
export async function moveUnit(trx: Trx, deviceId: string, product: string, kind: GroupKind): Promise<void> {
  const group_id = (await findGroup(trx, product, kind)) as number;
  await trx.updateTable("units").set({ group_id }).where("device_id", "=", deviceId).execute();
}
