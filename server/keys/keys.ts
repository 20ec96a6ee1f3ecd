// SPDX-License-Identifier: Apache-2.0
// Which keys the database needs, and how they change.
//
// A new key is a file first and then a row here, so the commit of that row is the one moment at which it comes into use: a power cut
// before leaves a file that nothing names, one after leaves values under the old key, which stays. Sealing anew under the new key is
// done afterwards, in pieces, and may stop anywhere.
import { sql } from "kysely";
import { ServerError } from "../errors.js";
import type { Db, Trx } from "../store/database.js";
import type { KeyName, Vault } from "./vault.js";

/** Sealed columns, and by what their rows are found. */
const SEALED = [
  { table: "products", column: "network", by: "name" },
  { table: "fixtures", column: "key", by: "id" },
  { table: "tokens", column: "key", by: "id" },
  { table: "sessions", column: "key", by: "id" },
  { table: "grants", column: "key", by: "id" },
  { table: "webhooks", column: "secret", by: "id" },
] as const;
/** Rows a transaction: a running server waits for no longer than that. */
const PIECE_ROWS = 500;

export function keyNames(db: Db | Trx): Promise<KeyName[]> {
  return db.selectFrom("keys").select(["kind", "id"]).orderBy("position").execute();
}

export async function addKeys(trx: Trx, keys: readonly KeyName[], at: number): Promise<void> {
  for (const { kind, id } of keys) await trx.insertInto("keys").values({ kind, id, made_at: at }).execute();
}

/** The first keys of a new database. @throws ServerError KEYS_MISSING when it is not new */
export async function ensureKeys(
  db: Db,
  vault: Vault,
  random: (bytes: number) => Uint8Array,
  at: number,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if ((await keyNames(trx)).length) return;
    if (await trx.selectFrom("products").select("name").executeTakeFirst())
      throw new ServerError(
        "KEYS_MISSING",
        "The database does not say which keys it needs, as one of an earlier version: begin with a new data folder.",
      );
    await addKeys(trx, vault.make(random), at);
  });
}

/** Seals under the newest key whatever is under an older one; returns how many values that were. */
export async function sealAnew(db: Db, vault: Vault, progress: (values: number) => void): Promise<number> {
  let values = 0;
  for (const { table, column, by } of SEALED) {
    const [from, sealed, key] = [sql.table(table), sql.ref(column), sql.ref(by)];
    for (let rows = PIECE_ROWS; rows === PIECE_ROWS; progress((values += rows))) {
      rows = await db.transaction().execute(async (trx) => {
        const old = await sql<{ at: string | number; sealed: Buffer }>`
          select ${key} as at, ${sealed} as sealed from ${from}
          where ${sealed} is not null and substr(${sealed}, 1, 8) <> ${vault.sealId} limit ${PIECE_ROWS}`.execute(trx);
        for (const row of old.rows) {
          const anew = vault.seal(vault.open(row.sealed));
          await sql`update ${from} set ${sealed} = ${anew} where ${key} = ${row.at}`.execute(trx);
        }
        return old.rows.length;
      });
    }
  }
  return values;
}
