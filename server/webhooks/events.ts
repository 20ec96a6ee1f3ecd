// SPDX-License-Identifier: Apache-2.0
// What webhooks are told, and the outbox: a message is queued by the very transaction that it tells of.
import { randomUUID } from "node:crypto";
import type { Trx } from "../store/database.js";

/** The first three are Electric Imp's, with its names for their fields; the others are ours. */
export const EVENTS = ["blessing", "blinkup", "deployment", "test_failed", "bless_refused"] as const;
export type EventName = (typeof EVENTS)[number];

export interface WebhookEvent {
  readonly event: EventName;
  readonly product: string;
  /** Where the unit is then; null for what concerns all groups. */
  readonly groupId: number | null;
  readonly fields: { readonly [name: string]: unknown };
}

interface Told {
  readonly device_id: string;
  readonly product: string;
  readonly group_id: number;
  readonly serial: string | null;
  readonly fixture: string | null;
  readonly slot: number;
}

/** An event of one unit. The id of an imp is its device id without the four digits before the MAC. */
export const unitEvent = (event: EventName, unit: Told, fields: WebhookEvent["fields"]): WebhookEvent => ({
  event,
  product: unit.product,
  groupId: unit.group_id,
  fields: {
    device_id: unit.device_id,
    imp_id: unit.device_id.slice(4),
    serial: unit.serial,
    fixture_id: unit.fixture,
    slot: unit.slot,
    ...fields,
  },
});

export const bodyOf = (event: string, atMs: number, product: string, groupId: number | null, fields: object): string =>
  JSON.stringify({ event, time: new Date(atMs).toISOString(), product, group_id: groupId, ...fields });

/** One message for each webhook that wants to hear it; how many that are. */
export async function queueEvent(trx: Trx, now: number, { event, product, groupId, fields }: WebhookEvent) {
  const webhooks = await trx.selectFrom("webhooks").selectAll().where("product", "=", product).execute();
  const wanted = webhooks.filter(
    ({ group_id, events }) =>
      events.split(",").includes(event) && (group_id === null || groupId === null || group_id === groupId),
  );
  for (const { id, group_id } of wanted)
    await trx
      .insertInto("deliveries")
      .values({
        webhook: id,
        message: `msg_${randomUUID()}`,
        event,
        body: bodyOf(event, now, product, groupId ?? group_id, fields),
        queued_at: now,
        state: "waiting",
        attempts: 0,
        next_at: now,
        lease_until: 0,
        tried_at: null,
        status: null,
        answer: "",
      })
      .execute();
  return wanted.length;
}
