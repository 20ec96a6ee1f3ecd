// SPDX-License-Identifier: Apache-2.0
// API keys: who may look and who may decide, over HTTP. Of a key only its digest is kept; it is shown once.
import { randomBytes } from "node:crypto";
import type { ServerClock } from "../clock.js";
import type { Conversation } from "../conversation/conversation.js";
import { sameBytes, sha256, unhex } from "../crypto.js";
import { ServerError } from "../errors.js";
import type { Db, Trx } from "../store/database.js";

/** Each may what those before it may. */
export const ROLES = ["viewer", "operator", "engineer"] as const;
export type Role = (typeof ROLES)[number];
/** A BlinkUp key stands beside them: it asks for an end user's tokens of one product, and for nothing else. */
export const KEY_ROLES = [...ROLES, "blinkup"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export const mayAs = (has: Role, needs: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needs);

const SECRET_BYTES = 32;
/** The row's number, by which it is found, and the secret. */
const FORM = /^ll_([0-9]{1,15})_([A-Za-z0-9_-]{43})$/;
const NAME = /^[!-~](?:[ -~]{0,62}[!-~])?$/;
/** What senders take for one: letters and digits, 32 of them. */
const BLINKUP_BYTES = 16;
const NO_HASH = "0".repeat(64);
/** A use is noted as often as that: looking is not to cost a write each time. */
const NOTED_MS = 60_000;
/** The chain of the audit log that tells of keys. */
const CHAIN = "keys";

export interface ApiKeyView {
  readonly name: string;
  readonly role: KeyRole;
  /** Of a BlinkUp key. */
  readonly product: string | null;
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
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    return `ll_${await this.keep(name, role, secret, null)}_${secret}`;
  }

  /** One for senders: 32 hex digits, shown this once. @throws ServerError KEY_NAME, KEY_EXISTS, UNKNOWN_PRODUCT */
  async addBlinkup(name: string, product: string): Promise<string> {
    const secret = randomBytes(BLINKUP_BYTES).toString("hex");
    await this.keep(name, "blinkup", secret, product);
    return secret;
  }

  private keep(name: string, role: KeyRole, secret: string, product: string | null): Promise<number> {
    if (!NAME.test(name))
      throw new ServerError(
        "KEY_NAME",
        "A key's name has 1 to 64 printable ASCII characters and no space at its ends.",
      );
    return this.conversation.act(async (turn) => {
      const { trx, now } = turn;
      if (await trx.selectFrom("api_keys").select("id").where("name", "=", name).executeTakeFirst())
        throw new ServerError("KEY_EXISTS", `There is a key "${name}" already: give this one another name.`);
      if (product !== null && !(await hasProduct(trx, product)))
        throw new ServerError("UNKNOWN_PRODUCT", `There is no product "${product}" on this server.`);
      const { id } = await trx
        .insertInto("api_keys")
        .values({ name, role, hash: sha256(secret), made_at: now, used_at: null, revoked_at: null, product })
        .returning("id")
        .executeTakeFirstOrThrow();
      turn.audit(CHAIN, "api key added", product === null ? { name, role } : { name, role, product });
      return id;
    });
  }

  async list(): Promise<ApiKeyView[]> {
    const rows = await this.db.selectFrom("api_keys").selectAll().orderBy("id").execute();
    return rows.map(({ name, role, product, made_at, used_at, revoked_at }) => ({
      ...{ name, role, product, madeAt: made_at, usedAt: used_at, revokedAt: revoked_at },
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
      turn.audit(CHAIN, "api key revoked", { name });
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
    if (!row || !isRight || row.revoked_at !== null || row.role === "blinkup") return undefined;
    await this.noteUse(row);
    return { name: row.name, role: row.role };
  }

  /** The product that a BlinkUp key is for; undefined for every other text. */
  async productOf(text: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom("api_keys")
      .selectAll()
      .where("hash", "=", sha256(text))
      .where("role", "=", "blinkup")
      .executeTakeFirst();
    if (!row || row.revoked_at !== null || row.product === null) return undefined;
    await this.noteUse(row);
    return row.product;
  }

  private async noteUse({ id, used_at }: { readonly id: number; readonly used_at: number | null }): Promise<void> {
    const now = this.clock.now();
    if (used_at === null || now - used_at >= NOTED_MS)
      await this.db.updateTable("api_keys").set({ used_at: now }).where("id", "=", id).execute();
  }
}

const hasProduct = async (trx: Trx, name: string): Promise<boolean> =>
  (await trx.selectFrom("products").select("name").where("name", "=", name).executeTakeFirst()) !== undefined;
