// SPDX-License-Identifier: Apache-2.0
// API keys: who may look and who may decide, over HTTP. Of a key only its digest is kept; it is shown once.
import { randomBytes } from "node:crypto";
import type { ServerClock } from "./clock.js";
import type { Conversation } from "./conversation/conversation.js";
import { sameBytes, sha256, unhex } from "./crypto.js";
import { ServerError } from "./errors.js";
import type { Db } from "./store/database.js";

/** Each may what those before it may. */
export const ROLES = ["viewer", "operator", "engineer"] as const;
export type Role = (typeof ROLES)[number];

export const mayAs = (has: Role, needs: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needs);

const SECRET_BYTES = 32;
/** The row's number, by which it is found, and the secret. */
const FORM = /^ll_([0-9]{1,15})_([A-Za-z0-9_-]{43})$/;
const NAME = /^[!-~](?:[ -~]{0,62}[!-~])?$/;
const NO_HASH = "0".repeat(64);
/** A use is noted as often as that: looking is not to cost a write each time. */
const NOTED_MS = 60_000;
/** The chain of the audit log that tells of keys. */
const CHAIN = "keys";

export interface ApiKeyView {
  readonly name: string;
  readonly role: Role;
  readonly madeAt: number;
  readonly usedAt: number | null;
  readonly revokedAt: number | null;
}

export class ApiKeys {
  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
    private readonly clock: ServerClock,
  ) {}

  /** The key is shown this once. @throws ServerError KEY_NAME, KEY_EXISTS */
  async add(name: string, role: Role): Promise<string> {
    if (!NAME.test(name))
      throw new ServerError(
        "KEY_NAME",
        "A key's name has 1 to 64 printable ASCII characters and no space at its ends.",
      );
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    return this.conversation.act(async (turn) => {
      const { trx, now } = turn;
      if (await trx.selectFrom("api_keys").select("id").where("name", "=", name).executeTakeFirst())
        throw new ServerError("KEY_EXISTS", `There is a key "${name}" already: give this one another name.`);
      const { id } = await trx
        .insertInto("api_keys")
        .values({ name, role, hash: sha256(secret), made_at: now, used_at: null, revoked_at: null })
        .returning("id")
        .executeTakeFirstOrThrow();
      await turn.audit(CHAIN, "api key added", { name, role });
      return `ll_${id}_${secret}`;
    });
  }

  async list(): Promise<ApiKeyView[]> {
    const rows = await this.db.selectFrom("api_keys").selectAll().orderBy("id").execute();
    return rows.map(({ name, role, made_at, used_at, revoked_at }) => ({
      ...{ name, role, madeAt: made_at, usedAt: used_at, revokedAt: revoked_at },
    }));
  }

  /** At once, in every server. @throws ServerError UNKNOWN_KEY */
  async revoke(name: string): Promise<void> {
    await this.conversation.act(async (turn) => {
      const { numUpdatedRows } = await turn.trx
        .updateTable("api_keys")
        .set({ revoked_at: turn.now })
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows !== 1n)
        throw new ServerError("UNKNOWN_KEY", `There is no API key "${name}": look at the list of keys for its name.`);
      await turn.audit(CHAIN, "api key revoked", { name });
    });
  }

  /** Whose key this is; undefined for every other text, and it takes the same time to say so. */
  async holderOf(text: string): Promise<{ readonly name: string; readonly role: Role } | undefined> {
    const [, id, secret = ""] = FORM.exec(text) ?? [];
    const row = await this.db
      .selectFrom("api_keys")
      .selectAll()
      .where("id", "=", Number(id ?? 0))
      .executeTakeFirst();
    const isRight = sameBytes(unhex(sha256(secret)), unhex(row?.hash ?? NO_HASH));
    if (!row || !isRight || row.revoked_at !== null) return undefined;
    const now = this.clock.now();
    if (row.used_at === null || now - row.used_at >= NOTED_MS)
      await this.db.updateTable("api_keys").set({ used_at: now }).where("id", "=", row.id).execute();
    return { name: row.name, role: row.role };
  }
}
