// SPDX-License-Identifier: Apache-2.0
// Acknowledge and Proof: the unit holds its key, and then nothing of the factory's any more.
import { MessageType, RefusalReason, Tag, WipeOutcome } from "../../firmware/core/protocol/codes.js";
import { asciiText } from "../../firmware/core/protocol/bytes.js";
import { unhex } from "../crypto.js";
import { unitStep } from "../domain/unit-machine.js";
import type { Grant } from "./grants.js";
import { grantsOf, settle } from "./grants.js";
import { findSession, isCrossed, provenSession } from "./session.js";
import type { Answer, Turn } from "./turn.js";

/** The grant of this device whose key made the MAC. */
async function provenGrant(turn: Turn, deviceId: string): Promise<{ grant: Grant; key: Uint8Array } | undefined> {
  const grants = await grantsOf(turn, deviceId);
  for (const grant of grants) {
    const key = turn.tools.vault.open(grant.key);
    if (!turn.isFrom(key)) continue;
    await turn.heard(deviceId);
    return { grant, key };
  }
  return turn.unproved(grants.length ? "wrong MAC" : "unknown device", deviceId);
}

/** The run's lease does not count here: the unit was granted its key, and has it. */
export async function answerAcknowledge(turn: Turn): Promise<Answer> {
  const session = await findSession(turn);
  if (!session) return turn.unproved("unknown session", turn.idField(Tag.SessionId));
  const proven = await provenGrant(turn, session.device_id);
  if (!proven) return undefined;
  const { grant, key } = proven;
  turn.token = session.token;
  if (await isCrossed(turn, session.token)) return refuse(turn, key, session.device_id, RefusalReason.Crosstalk);
  const { state } = await turn.unit(session.device_id);
  if (asciiText(turn.field(Tag.Serial)) !== grant.serial || !unitStep(state, "k"))
    return refuse(turn, key, session.device_id, RefusalReason.State);
  if (grant.acknowledged_at === null) await settle(turn, grant);
  await turn.unitEvent(session.device_id, "k");
  return turn.answer(key, MessageType.Acknowledged, [Tag.WipeNonce, unhex(grant.wipe_nonce)]);
}

export async function answerProof(turn: Turn): Promise<Answer> {
  const deviceId = turn.idField(Tag.DeviceId);
  return deviceId ? proofOfBlessed(turn, deviceId) : proofOfFailed(turn);
}

async function proofOfBlessed(turn: Turn, deviceId: string): Promise<Answer> {
  const proven = await provenGrant(turn, deviceId);
  if (!proven) return undefined;
  const { grant, key } = proven;
  const fits = isClean(turn) && turn.idField(Tag.WipeNonce) === grant.wipe_nonce && grant.acknowledged_at !== null;
  if (!fits || !(await turn.unitEvent(deviceId, "w"))) return refuse(turn, key, deviceId, RefusalReason.State);
  turn.audit(deviceId, "wipe proved", { serial: grant.serial });
  return turn.answer(key, MessageType.Receipt, []);
}

/** Under the session key: it can end a failed run, and nothing more. */
async function proofOfFailed(turn: Turn): Promise<Answer> {
  const proven = await provenSession(turn);
  if (!proven) return undefined;
  const { session, key } = proven;
  const deviceId = session.device_id;
  await turn.heard(deviceId);
  if (await isCrossed(turn, session.token)) return refuse(turn, key, deviceId, RefusalReason.Crosstalk);
  const isCurrent = (await turn.unit(deviceId)).session === session.id;
  if (!isCurrent || !isClean(turn) || !(await turn.unitEvent(deviceId, "z")))
    return refuse(turn, key, deviceId, RefusalReason.State);
  if (session.run !== null)
    await turn.trx.updateTable("runs").set({ verdict: "failed" }).where("id", "=", session.run).execute();
  turn.audit(deviceId, "wipe proved", { run: session.run });
  return turn.answer(key, MessageType.Receipt, []);
}

const isClean = (turn: Turn): boolean => turn.field(Tag.WipeOutcome)[0] === WipeOutcome.Clean;

async function refuse(turn: Turn, key: Uint8Array, deviceId: string, reason: RefusalReason): Promise<Answer> {
  turn.audit(deviceId, "refused: not possible in this state", { reason, type: turn.request[1] });
  return turn.refuse(key, reason);
}
