// SPDX-License-Identifier: Apache-2.0
// An engineer's word on a unit: it is released to be blessed anew, or it is no more.
import type { Turn, Unit } from "../conversation/turn.js";
import { ServerError, unknownUnit } from "../errors.js";
import { findGroup, moveUnit } from "../store/groups.js";
import { unblessFault } from "../keys/unbless-keys.js";

/** For the audit log. */
export interface Word {
  readonly reason: string;
  readonly by: string;
}

/** Takes the key of the production group that the unit was granted for. What it refuses it notes, so it returns that instead of throwing it. */
export async function unbless(turn: Turn, deviceId: string, key: string, word: Word): Promise<ServerError | undefined> {
  const unit = await knownUnit(turn, deviceId);
  const granted = await turn.trx
    .selectFrom("grants")
    .select("group_id")
    .where("device_id", "=", deviceId)
    .orderBy("id", "desc")
    .executeTakeFirst();
  if (!granted) throw notThisWay(unit);
  const fault = await unblessFault(turn, granted.group_id, key);
  if (fault) turn.audit(deviceId, "unblessing refused", { ...word, code: fault.code });
  else await decree(turn, unit, "u", word);
  return fault;
}

export const scrap = async (turn: Turn, deviceId: string, word: Word): Promise<void> =>
  decree(turn, await knownUnit(turn, deviceId), "x", word);

/** Out of the line: light alone leads back. */
async function decree(turn: Turn, unit: Unit, event: "u" | "x", word: Word): Promise<void> {
  const { trx } = turn;
  const { device_id } = unit;
  if (!(await turn.unitEvent(device_id, event))) throw notThisWay(unit);
  await trx.deleteFrom("grants").where("device_id", "=", device_id).execute();
  await trx.updateTable("units").set({ session: null, plan_id: null }).where("device_id", "=", device_id).execute();
  await moveUnit(trx, device_id, (await findGroup(trx, unit.product, "development")) as number);
  turn.audit(device_id, "engineer", word);
}

async function knownUnit({ trx }: Turn, deviceId: string): Promise<Unit> {
  const unit = await trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirst();
  if (unit) return unit;
  throw unknownUnit(deviceId);
}

const notThisWay = ({ device_id, state }: Unit): ServerError =>
  new ServerError("UNIT_STATE", `Unit ${device_id} is ${state}: that cannot be changed this way.`);
