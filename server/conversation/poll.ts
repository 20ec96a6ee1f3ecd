// SPDX-License-Identifier: Apache-2.0
// Poll: items up and down, each once and in order.
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, getU32 } from "../../firmware/core/protocol/bytes.js";
import { encodeItem, readItems } from "../../firmware/core/protocol/items.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { inOrder } from "./session.js";
import { provenFixture } from "./token.js";
import type { Answer, Turn } from "./turn.js";

/** What one answer carries at most. */
const ITEMS_LIMIT_BYTES = 2048;

/** A verified poll: who asks, what is there for it, and how to say so once there is more. */
export interface HeldPoll {
  readonly recipient: string;
  /** It carried items, so it is answered at once. */
  readonly brought: boolean;
  readonly last: number;
  /** Makes the answer from items. */
  readonly answer: (items: Uint8Array) => Uint8Array;
}

/** Keeps what the poll brought; a refusal is answered as it stands. */
export async function openPoll(turn: Turn): Promise<HeldPoll | Answer> {
  if (turn.idField(Tag.FixtureId)) return openFixturePoll(turn);
  let held: HeldPoll | undefined;
  const refusal = await inOrder(turn, async ({ session, key }) => {
    const brought = await keepItems(turn, session.device_id, session.id);
    const answer = (items: Uint8Array): Uint8Array => turn.answer(key, MessageType.Messages, itemsField(items));
    held = { recipient: session.device_id, brought, last: lastItem(turn), answer };
    return undefined;
  });
  return held ?? refusal;
}

async function openFixturePoll(turn: Turn): Promise<HeldPoll | undefined> {
  const proven = await provenFixture(turn);
  if (!proven) return undefined;
  const { fixture, key } = proven;
  const brought = await keepItems(turn, fixture.id, turn.idField(Tag.Counter).slice(0, 8));
  const params = asciiBytes(
    JSON.stringify({
      deviceid: fixture.id,
      factory_imp_device_id: fixture.id,
      factoryfirmware: true,
      is_factory_fixture: true,
    }),
  );
  const answer = (items: Uint8Array): Uint8Array =>
    turn.answer(key, MessageType.Messages, [Tag.ConfigParams, params, ...itemsField(items)]);
  const first = getU32(turn.field(Tag.Counter), 4) === 1;
  return { recipient: fixture.id, brought: brought || first, last: lastItem(turn), answer };
}

const itemsField = (items: Uint8Array): Fields => (items.length ? [Tag.Items, items] : []);

function lastItem(turn: Turn): number {
  const field = turn.field(Tag.LastItem);
  return field.length === 4 ? getU32(field, 0) : 0;
}

/** Each number of an epoch (a session, or a fixture's start) is kept once. */
async function keepItems(turn: Turn, sender: string, epoch: string): Promise<boolean> {
  const items: { number: number; name: string; data: string }[] = [];
  readItems(turn.field(Tag.Items), (number, name, data) => items.push({ number, name, data }));
  for (const item of items)
    await turn.trx
      .insertInto("uplinks")
      .values({ sender, epoch, at: turn.now, ...item })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  return items.length > 0;
}

/** Items that have not arrived, encoded, as many as fit; those up to the last that did are forgotten. */
export async function pendingItems(trx: Turn["trx"], recipient: string, last: number): Promise<Uint8Array> {
  await trx.deleteFrom("items").where("recipient", "=", recipient).where("id", "<=", last).execute();
  const rows = await trx
    .selectFrom("items")
    .selectAll()
    .where("recipient", "=", recipient)
    .orderBy("id")
    .limit(50)
    .execute();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const row of rows) {
    const piece = encodeItem(row.id, row.name, row.data);
    if (length + piece.length > ITEMS_LIMIT_BYTES) break;
    pieces.push(piece);
    length += piece.length;
  }
  return new Uint8Array(Buffer.concat(pieces));
}
