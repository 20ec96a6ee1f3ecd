// SPDX-License-Identifier: Apache-2.0
// Acknowledge and Proof: the unit holds its key, and then nothing of the factory's any more.
import type { Selectable } from "kysely";
import { MessageType, RefusalReason, Tag, WipeOutcome } from "../../firmware/core/protocol/codes.js";
import { asciiText } from "../../firmware/core/protocol/bytes.js";
import { unhex } from "../crypto.js";
import type { Tables } from "../store/schema.js";
import { provenSession } from "./session.js";
import type { Answer, Turn } from "./turn.js";

type Grant = Selectable<Tables["grants"]>;

/** The grant of this device whose key made the MAC. */
async function provenGrant(turn: Turn, deviceId: string): Promise<{ grant: Grant; key: Uint8Array } | undefined> {
  const grants = await turn.trx.selectFrom("grants").selectAll().where("device_id", "=", deviceId).execute();
  for (const grant of grants) {
    const key = turn.tools.vault.open(grant.key);
    if (turn.isFrom(key)) return { grant, key };
  }
  if (grants.length) await turn.audit(deviceId, "request refused", { why: "bad MAC under the device key" });
  return undefined;
}

export async function answerAcknowledge(turn: Turn): Promise<Answer> {
  const id = turn.idField(Tag.SessionId);
  const session = await turn.trx.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
  const proven = session && (await provenGrant(turn, session.device_id));
  if (!proven) return undefined;
  const { grant, key } = proven;
  if (asciiText(turn.field(Tag.Serial)) !== grant.serial) return turn.refuse(key, RefusalReason.State);
  if (grant.acknowledged_at === null) await settle(turn, grant);
  return turn.answer(key, MessageType.Acknowledged, [Tag.WipeNonce, unhex(grant.wipe_nonce)]);
}

/** This key is the unit's from now on; only blessing moves a device into the production group. */
async function settle(turn: Turn, grant: Grant): Promise<void> {
  const deviceId = grant.device_id;
  await turn.trx.updateTable("grants").set({ acknowledged_at: turn.now }).where("id", "=", grant.id).execute();
  await turn.trx.deleteFrom("grants").where("device_id", "=", deviceId).where("id", "!=", grant.id).execute();
  const unit = await turn.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
  const target = await turn.trx
    .selectFrom("groups")
    .select("id")
    .where("product", "=", unit.product)
    .where("kind", "=", "production")
    .executeTakeFirstOrThrow();
  await turn.trx.updateTable("units").set({ group_id: target.id }).where("device_id", "=", deviceId).execute();
  await turn.audit(deviceId, "acknowledged", { serial: grant.serial });
  await turn.unitEvent(deviceId, "k");
}

export async function answerProof(turn: Turn): Promise<Answer> {
  const clean = turn.field(Tag.WipeOutcome)[0] === WipeOutcome.Clean;
  const deviceId = turn.idField(Tag.DeviceId);
  if (!deviceId) return proofOfFailed(turn, clean);
  const proven = await provenGrant(turn, deviceId);
  if (!proven) return undefined;
  const { grant, key } = proven;
  if (!clean || turn.idField(Tag.WipeNonce) !== grant.wipe_nonce || grant.acknowledged_at === null) {
    await turn.audit(deviceId, "wipe proof refused");
    return turn.refuse(key, RefusalReason.State);
  }
  await turn.audit(deviceId, "wipe proved", { serial: grant.serial });
  await turn.unitEvent(deviceId, "w");
  return turn.answer(key, MessageType.Receipt, []);
}

async function proofOfFailed(turn: Turn, clean: boolean): Promise<Answer> {
  const proven = await provenSession(turn);
  if (!proven) return undefined;
  const { session, key } = proven;
  if (!clean) return turn.refuse(key, RefusalReason.State);
  await turn.audit(session.device_id, "wipe proved", { run: session.run });
  await turn.unitEvent(session.device_id, "w");
  return turn.answer(key, MessageType.Receipt, []);
}
