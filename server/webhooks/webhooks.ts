// SPDX-License-Identifier: Apache-2.0
// Webhooks as engineers set them up: where to, what about; and what became of each message.
import { randomBytes, randomUUID } from "node:crypto";
import { Type } from "@sinclair/typebox";
import type { Static } from "@sinclair/typebox";
import type { Selectable } from "kysely";
import type { ServerClock } from "../clock.js";
import type { Conversation } from "../conversation/conversation.js";
import { ServerError, unknownProduct } from "../errors.js";
import type { Page, PageQuery } from "../operators/pages.js";
import { pageOf, placeOf } from "../operators/pages.js";
import type { Db, Trx } from "../store/database.js";
import type { DeliveryState, Tables } from "../store/schema.js";
import type { Vault } from "../keys/vault.js";
import { isPrivateHost } from "../outbound/addresses.js";
import { TIMEOUT_MS, TIMEOUT_TEXT } from "./courier.js";
import { bodyOf, EVENTS } from "./events.js";
import type { EventName } from "./events.js";
import { isDelivered, post } from "./post.js";
import { secretText, signedHeaders } from "./signature.js";

const SECRET_BYTES = 32;
const URL_LIMIT = 1000;
/** The chain of the audit log that tells of webhooks. */
const CHAIN = "webhooks";
/** Who has the data folder in hand needs no other name. */
const HERE = "the server's own machine";

const OrNull = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: "date-time" });

export const NewWebhook = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: URL_LIMIT }),
    product: Type.String({ minLength: 1, maxLength: 200 }),
    groupId: Type.Optional(Type.Integer({ minimum: 1, description: "of that product; every one unless said" })),
    events: Type.Optional(Type.Array(Type.Union(EVENTS.map((name) => Type.Literal(name))), { minItems: 1 })),
    allowPrivate: Type.Optional(Type.Boolean({ description: "the address may be one of a private network" })),
  },
  { additionalProperties: false },
);
export interface NewWebhook {
  readonly url: string;
  readonly product: string;
  readonly groupId?: number | undefined;
  /** All unless said. */
  readonly events?: readonly EventName[] | undefined;
  readonly allowPrivate?: boolean | undefined;
}

export const WebhookRow = Type.Object({
  id: Type.Integer(),
  product: Type.String(),
  groupId: OrNull(Type.Integer()),
  url: Type.String(),
  events: Type.Array(Type.String()),
  allowPrivate: Type.Boolean(),
  madeAt: Time,
});
export type WebhookRow = Static<typeof WebhookRow>;

export const DeliveryRow = Type.Object({
  id: Type.Integer(),
  webhook: Type.Integer(),
  message: Type.String(),
  event: Type.String(),
  state: Type.String({ description: "waiting, delivered or failed: given up" }),
  attempts: Type.Integer(),
  queuedAt: Time,
  triedAt: OrNull(Type.String()),
  /** null when it comes to nothing any more. */
  nextAt: OrNull(Type.String()),
  status: OrNull(Type.Integer()),
  answer: Type.String({ description: "what the answer began with, or why there was none" }),
  body: Type.String(),
});
export type DeliveryRow = Static<typeof DeliveryRow>;

export const TestOutcome = Type.Object({
  delivered: Type.Boolean(),
  status: OrNull(Type.Integer()),
  answer: Type.String(),
});
export type TestOutcome = Static<typeof TestOutcome>;

export const DELIVERY_STATES = ["waiting", "delivered", "failed"] as const;

const iso = (ms: number): string => new Date(ms).toISOString();

export class Webhooks {
  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
    private readonly vault: Vault,
    private readonly clock: ServerClock,
  ) {}

  /** The secret is shown this once. @throws ServerError WEBHOOK_URL, WEBHOOK_PRIVATE, UNKNOWN_PRODUCT, UNKNOWN_GROUP */
  async add(asked: NewWebhook, by = HERE): Promise<{ readonly webhook: WebhookRow; readonly secret: string }> {
    const { product, groupId = null, events = EVENTS, allowPrivate = false } = asked;
    const url = checkedUrl(asked.url, allowPrivate);
    const secret = randomBytes(SECRET_BYTES);
    return this.conversation.act(async (turn) => {
      await this.ensureTarget(turn.trx, product, groupId);
      const row = await turn.trx
        .insertInto("webhooks")
        .values({
          ...{ product, group_id: groupId, url, events: [...new Set(events)].join(",") },
          ...{ allow_private: Number(allowPrivate), secret: this.vault.seal(secret), made_at: turn.now },
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      turn.audit(CHAIN, "webhook added", { id: row.id, product, host: new URL(url).host, by });
      return { webhook: webhookRow(row), secret: secretText(secret) };
    });
  }

  async list({ limit, cursor }: PageQuery): Promise<Page<WebhookRow>> {
    const rows = await this.db
      .selectFrom("webhooks")
      .selectAll()
      .where("id", ">", placeOf(cursor, 0) ?? 0)
      .orderBy("id")
      .limit(limit + 1)
      .execute();
    return pageOf(rows.map(webhookRow), limit, ({ id }) => id);
  }

  /** With what waits for it. @throws ServerError UNKNOWN_WEBHOOK */
  async remove(id: number, by = HERE): Promise<void> {
    await this.conversation.act(async (turn) => {
      const { product } = await this.find(turn.trx, id);
      await turn.trx.deleteFrom("deliveries").where("webhook", "=", id).execute();
      await turn.trx.deleteFrom("webhooks").where("id", "=", id).execute();
      turn.audit(CHAIN, "webhook removed", { id, product, by });
    });
  }

  /** Latest first. @throws ServerError UNKNOWN_WEBHOOK */
  async deliveries(
    { webhook, state }: { readonly webhook?: number | undefined; readonly state?: string | undefined },
    { limit, cursor }: PageQuery,
  ): Promise<Page<DeliveryRow>> {
    if (webhook !== undefined) await this.find(this.db, webhook);
    const before = placeOf(cursor, 0);
    let query = this.db
      .selectFrom("deliveries")
      .selectAll()
      .orderBy("id", "desc")
      .limit(limit + 1);
    if (before !== undefined) query = query.where("id", "<", before);
    if (webhook !== undefined) query = query.where("webhook", "=", webhook);
    if (state !== undefined) query = query.where("state", "=", state as DeliveryState);
    return pageOf((await query.execute()).map(deliveryRow), limit, ({ id }) => id);
  }

  /** Sends a message of no event at once, past the outbox. @throws ServerError UNKNOWN_WEBHOOK */
  async test(id: number): Promise<TestOutcome> {
    const { url, allow_private, secret, product, group_id } = await this.find(this.db, id);
    const atMs = this.clock.now();
    const body = bodyOf("test", atMs, product, group_id, {});
    const headers = signedHeaders(this.vault.open(secret), { id: `msg_${randomUUID()}`, atMs, body });
    const deadline = new AbortController();
    const cancel = this.clock.after(TIMEOUT_MS, () => deadline.abort(TIMEOUT_TEXT));
    const outcome = await post({ url, allowPrivate: allow_private === 1, headers, body, signal: deadline.signal });
    cancel();
    return { delivered: isDelivered(outcome), ...outcome };
  }

  /** Begins anew with what was given up; how many messages that are. @throws ServerError UNKNOWN_WEBHOOK */
  async retry(id: number, by = HERE): Promise<number> {
    return this.conversation.act(async (turn) => {
      await this.find(turn.trx, id);
      const { numUpdatedRows } = await turn.trx
        .updateTable("deliveries")
        .set({ state: "waiting", attempts: 0, next_at: turn.now })
        .where("webhook", "=", id)
        .where("state", "=", "failed")
        .executeTakeFirstOrThrow();
      const messages = Number(numUpdatedRows);
      turn.audit(CHAIN, "webhook retried", { id, messages, by });
      return messages;
    });
  }

  private async find(db: Db | Trx, id: number): Promise<Selectable<Tables["webhooks"]>> {
    const row = await db.selectFrom("webhooks").selectAll().where("id", "=", id).executeTakeFirst();
    if (row) return row;
    throw new ServerError("UNKNOWN_WEBHOOK", `There is no webhook ${id}: look at the list of webhooks for its id.`);
  }

  private async ensureTarget(trx: Trx, product: string, groupId: number | null): Promise<void> {
    const known = await trx.selectFrom("products").select("name").where("name", "=", product).executeTakeFirst();
    if (!known) throw await unknownProduct(product, trx.selectFrom("products").select("name").execute());
    if (groupId === null) return;
    const group = await trx.selectFrom("groups").select("product").where("id", "=", groupId).executeTakeFirst();
    if (group?.product !== product)
      throw new ServerError(
        "UNKNOWN_GROUP",
        `${product} has no group ${groupId}: look at the list of groups for its number.`,
      );
  }
}

function checkedUrl(text: string, allowPrivate: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || text.length > URL_LIMIT)
    throw new ServerError(
      "WEBHOOK_URL",
      `A webhook's address is http://... or https://..., without user or password and of ${URL_LIMIT} characters at most.`,
    );
  if (!allowPrivate && isPrivateHost(url.hostname))
    throw new ServerError(
      "WEBHOOK_PRIVATE",
      `${url.hostname} is an address of a private network or of this machine: allow that (--allow-private, "allowPrivate": true) when it is meant.`,
    );
  url.hash = "";
  return url.href;
}

const webhookRow = (row: Selectable<Tables["webhooks"]>): WebhookRow => ({
  ...{ id: row.id, product: row.product, groupId: row.group_id, url: row.url, events: row.events.split(",") },
  ...{ allowPrivate: row.allow_private === 1, madeAt: iso(row.made_at) },
});

const deliveryRow = (row: Selectable<Tables["deliveries"]>): DeliveryRow => ({
  ...{ id: row.id, webhook: row.webhook, message: row.message, event: row.event, state: row.state },
  ...{
    attempts: row.attempts,
    queuedAt: iso(row.queued_at),
    triedAt: row.tried_at === null ? null : iso(row.tried_at),
  },
  nextAt: row.state === "waiting" ? iso(row.next_at) : null,
  ...{ status: row.status, answer: row.answer, body: row.body },
});
