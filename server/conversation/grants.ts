// SPDX-License-Identifier: Apache-2.0
// Grants: a serial number and a key for a unit, kept until the unit has acknowledged one of them.
import type { Selectable } from "kysely";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { deviceKeyOf, keyHashOf } from "../../firmware/core/protocol/keys.js";
import { hex, prf } from "../crypto.js";
import { blessingRecord } from "../domain/record.js";
import { serialNumber } from "../domain/serial-number.js";
import { moveUnit } from "../store/groups.js";
import type { Tables } from "../store/schema.js";
import { unitEvent } from "../webhooks/events.js";
import type { ProvenSession } from "./session.js";
import type { Turn, Unit } from "./turn.js";

const SALT_BYTES = 16;
const NONCE_BYTES = 16;

export type Grant = Selectable<Tables["grants"]>;

/** All that a unit has not answered for, or the one that it acknowledged. */
export function grantsOf(turn: Turn, deviceId: string): Promise<Grant[]> {
  return turn.trx.selectFrom("grants").selectAll().where("device_id", "=", deviceId).execute();
}

/** Reserves the unit's serial number, the same one however often it is asked, and signs its record; it leads into `group`. */
export async function grant(turn: Turn, { session, key }: ProvenSession, group: number): Promise<Uint8Array> {
  const unit = await turn.unit(session.device_id);
  const serial = unit.serial ?? (await reserveSerial(turn, unit));
  const salt = turn.tools.random(SALT_BYTES);
  const deviceKey = deviceKeyOf(prf, key, salt, asciiBytes(serial));
  const record = asciiBytes(recordOf(turn, unit, serial, deviceKey));
  const signature = turn.tools.vault.sign(record);
  await turn.trx
    .insertInto("grants")
    .values({
      device_id: unit.device_id,
      serial,
      key: turn.tools.vault.seal(deviceKey),
      record: Buffer.from(record),
      signature: Buffer.from(signature),
      wipe_nonce: hex(turn.tools.random(NONCE_BYTES)),
      granted_at: turn.now,
      acknowledged_at: null,
      group_id: group,
    })
    .execute();
  turn.audit(unit.device_id, "granted", { serial, run: session.run });
  await turn.unitEvent(unit.device_id, "g");
  const head = [Tag.Serial, asciiBytes(serial), Tag.Salt, salt];
  return turn.answer(key, MessageType.Grant, [...head, Tag.Record, record, Tag.Signature, signature]);
}

function recordOf(turn: Turn, unit: Unit, serial: string, deviceKey: Uint8Array): string {
  return blessingRecord({
    product: unit.product,
    serial,
    deviceId: unit.device_id,
    keyHash: hex(keyHashOf(prf, deviceKey)),
    fixture: unit.fixture,
    at: turn.now,
    signingKeyId: turn.tools.vault.signingKeyId,
  });
}

/** The count and the unit that it goes to change in one transaction, so no number is lost or given twice. */
async function reserveSerial(turn: Turn, unit: Unit): Promise<string> {
  const { serials } = await turn.trx
    .updateTable("products")
    .set((eb) => ({ serials: eb("serials", "+", 1) }))
    .where("name", "=", unit.product)
    .returning("serials")
    .executeTakeFirstOrThrow();
  const { serialFormat } = await turn.product(unit.product);
  const serial = serialNumber(serialFormat, serials);
  await turn.trx.updateTable("units").set({ serial }).where("device_id", "=", unit.device_id).execute();
  return serial;
}

/** This key is the unit's from now on; only blessing moves a device into a production group, and into the one it was granted for. */
export async function settle(turn: Turn, { id, device_id, serial, record, signature, group_id }: Grant): Promise<void> {
  await turn.trx.updateTable("grants").set({ acknowledged_at: turn.now }).where("id", "=", id).execute();
  await turn.trx.deleteFrom("grants").where("device_id", "=", device_id).where("id", "!=", id).execute();
  await moveUnit(turn.trx, device_id, group_id);
  turn.audit(device_id, "acknowledged", { serial });
  const signed = { record: record.toString("latin1"), signature: hex(signature) };
  await turn.post(unitEvent("blessing", await turn.unit(device_id), signed));
}
