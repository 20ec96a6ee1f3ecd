// SPDX-License-Identifier: Apache-2.0
// Items in both directions: kept, numbered, repeated until they have arrived, taken once.
import { Tag } from "../../firmware/core/protocol/codes.js";
import { getU32 } from "../../firmware/core/protocol/bytes.js";
import { encodeItem, readItems } from "../../firmware/core/protocol/items.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { ServerError } from "../errors.js";
import type { Db, Trx } from "../store/database.js";
import type { Turn } from "./turn.js";

/** What one answer carries at most, which leaves room for its other fields. */
const ITEMS_LIMIT_BYTES = 2048;
const NAME_LIMIT_BYTES = 64;
const ITEMS_LIMIT = 50;

/** JSON whose bytes are its characters: devices know latin-1 only. */
function asciiJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whoever reads items later relies on it: what a script says otherwise is kept as a text. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An item's data as it is kept. @throws ServerError ITEM_TOO_LONG: what fits no answer would stop all behind it */
export function dataOfItem(name: string, value: unknown): string {
  const data = asciiJson(value);
  if (name.length > NAME_LIMIT_BYTES || encodeItem(0, name, data).length > ITEMS_LIMIT_BYTES)
    throw new ServerError(
      "ITEM_TOO_LONG",
      `Item "${name.slice(0, NAME_LIMIT_BYTES)}" has ${data.length} bytes: send it in parts of 1900.`,
    );
  return data;
}

/** @throws ServerError ITEM_TOO_LONG */
export async function queueItem(trx: Trx, recipient: string, name: string, value: unknown): Promise<void> {
  const data = dataOfItem(name, value);
  await trx.insertInto("items").values({ recipient, name, data }).execute();
}

/** The field of items that have not arrived, as many as fit; nothing when there are none. */
export async function pendingItems(db: Db, recipient: string): Promise<Fields> {
  const rows = await db
    .selectFrom("items")
    .selectAll()
    .where("recipient", "=", recipient)
    .orderBy("id")
    .limit(ITEMS_LIMIT)
    .execute();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const row of rows) {
    const piece = encodeItem(row.id, row.name, row.data);
    length += piece.length;
    if (length > ITEMS_LIMIT_BYTES) break;
    pieces.push(piece);
  }
  return pieces.length ? [Tag.Items, new Uint8Array(Buffer.concat(pieces))] : [];
}

/** Those up to the last that arrived are done with. */
export async function forgetArrived(turn: Turn, recipient: string): Promise<void> {
  const last = turn.field(Tag.LastItem);
  if (last.length !== 4) return;
  await turn.trx.deleteFrom("items").where("recipient", "=", recipient).where("id", "<=", getU32(last, 0)).execute();
}

export interface NewItem {
  readonly name: string;
  readonly data: string;
}

/**
 * Keeps each number of an epoch (a session, or a fixture's start) once; returns how many the message brought, undefined when
 * they are malformed: then none is kept. Those that had not come before are added to `fresh`.
 */
export async function keepItems(
  turn: Turn,
  sender: string,
  epoch: string,
  fresh: NewItem[] = [],
): Promise<number | undefined> {
  const items: { number: number; name: string; data: string }[] = [];
  const whole = readItems(turn.field(Tag.Items), (number, name, data) =>
    items.push({ number, name, data: isJson(data) ? data : asciiJson(data) }),
  );
  if (!whole) {
    turn.audit(sender, "refused: malformed items", { epoch });
    return undefined;
  }
  for (const item of items) {
    const { numInsertedOrUpdatedRows } = await turn.trx
      .insertInto("uplinks")
      .values({ sender, epoch, at: turn.now, ...item })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) fresh.push(item);
  }
  return items.length;
}
