// SPDX-License-Identifier: Apache-2.0
// Unbless keys: one a production group, without which no blessing there is taken back. Of a key only its digest is kept.
import { randomBytes } from "node:crypto";
import type { Turn } from "../conversation/turn.js";
import { sameBytes, sha256, unhex } from "../crypto.js";
import { ServerError } from "../errors.js";

const SECRET_BYTES = 32;

/** Shown this once; another takes its place only when that is asked for. @throws ServerError UNBLESS_KEY_EXISTS */
export async function makeUnblessKey({ trx, now }: Turn, group: number, replace: boolean): Promise<string> {
  const key = `llu_${randomBytes(SECRET_BYTES).toString("base64url")}`;
  if (replace) await trx.deleteFrom("unbless_keys").where("group_id", "=", group).execute();
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("unbless_keys")
    .values({ group_id: group, hash: sha256(key), made_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return key;
  throw new ServerError(
    "UNBLESS_KEY_EXISTS",
    "This group has an unbless key, which is not shown again: --replace makes another, and the old one counts no more.",
  );
}

/** What is wrong with this key for units of this production group; undefined when it is the one. */
export async function unblessFault({ trx }: Turn, group: number, key: string): Promise<ServerError | undefined> {
  const row = await trx.selectFrom("unbless_keys").select("hash").where("group_id", "=", group).executeTakeFirst();
  if (!row)
    return new ServerError(
      "UNBLESS_KEY_MISSING",
      `Group ${group} has no unbless key yet: lightline groups unbless-key ${group} makes one.`,
    );
  if (sameBytes(unhex(sha256(key)), unhex(row.hash))) return undefined;
  return new ServerError(
    "UNBLESS_KEY_REFUSED",
    `This is not the unbless key of group ${group}: ask whoever keeps it, or make another in its place.`,
  );
}
