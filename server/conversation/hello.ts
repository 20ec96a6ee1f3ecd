// SPDX-License-Identifier: Apache-2.0
// Hello: a device proves its token, or its own key; the server proves itself, and a session begins.
import { RefusalReason, MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, getU32 } from "../../firmware/core/protocol/bytes.js";
import { keyProofOf, sessionKeyOf } from "../../firmware/core/protocol/keys.js";
import { macOf } from "../../firmware/core/protocol/message.js";
import { hex, prf, sameBytes } from "../crypto.js";
import { mayBeReseated } from "../domain/groups.js";
import { unitStep } from "../domain/unit-machine.js";
import type { Group } from "../store/groups.js";
import { findGroup, groupById, moveUnit } from "../store/groups.js";
import { activate } from "./activation.js";
import { grantsOf } from "./grants.js";
import { pendingItems } from "./items.js";
import type { Token } from "./token.js";
import { findToken } from "./token.js";
import type { Answer, Turn } from "./turn.js";

const SESSION_ID_BYTES = 8;
const NONCE_BYTES = 16;
const NO_DIGEST = "00".repeat(32);

/** Under its token, which is how the factory's light is answered; or under the device's own key, with an end user's token or none. */
export async function answerHello(turn: Turn): Promise<Answer> {
  const tokenId = turn.idField(Tag.TokenId);
  const token = tokenId ? await findToken(turn, tokenId) : undefined;
  const root = token && turn.tools.vault.open(token.key);
  if (token && root && turn.isFrom(root)) return helloByToken(turn, token, root);
  return helloByKey(turn, tokenId, token);
}

async function helloByToken(turn: Turn, token: Token, root: Uint8Array): Promise<Answer> {
  turn.token = token.id;
  const deviceId = turn.idField(Tag.DeviceId);
  const refusal = await tokenRefusal(turn, token, deviceId);
  if (refusal) {
    turn.audit(deviceId, "hello refused", { reason: refusal, token: token.id });
    return turn.refuse(root, refusal);
  }
  const run = token.run ?? (await startRun(turn, token, deviceId));
  const params = { deviceid: deviceId, factory_imp_device_id: token.fixture ?? undefined, factoryfirmware: true };
  return welcome(turn, root, { token: token.id, run }, deviceId, params);
}

/** Why this device may not use this token now. Where it may, the unit is moved by its table. */
async function tokenRefusal(turn: Turn, token: Token, deviceId: string): Promise<RefusalReason | 0> {
  if (token.crosstalk) return RefusalReason.Crosstalk;
  const run = token.run === null ? undefined : await findRun(turn, token.run);
  const isLate = turn.now > (run ? run.lease_until : token.expires_at);
  await meet(turn, token, deviceId, isLate);
  if (token.device_id && token.device_id !== deviceId) return stopBoth(turn, token, [token.device_id, deviceId]);
  if (isLate) return RefusalReason.Expired;
  if (run?.verdict === "failed" || (await isOfEarlierBoot(turn, deviceId, token.id))) return RefusalReason.State;
  return unitRefusal(turn, token, deviceId);
}

async function unitRefusal(turn: Turn, token: Token, deviceId: string): Promise<RefusalReason | 0> {
  const unit = await turn.unit(deviceId);
  const target = await dutTarget(turn, token);
  // An end user's token is too short to be the root of a key: it activates, under the device's own.
  if (!target || unit.product !== token.product) return RefusalReason.State;
  const hasProof = turn.field(Tag.KeyProof).length > 0;
  const proved = hasProof && (await provesKey(turn, deviceId));
  // A key that this server did not give: only an engineer can say what it is.
  if (hasProof !== proved) return RefusalReason.AlreadyBlessed;
  const event = proved ? "r" : "h";
  if (unitStep(unit.state, event)?.action === "b") return RefusalReason.AlreadyBlessed;
  const from = await groupById(turn.trx, unit.group_id);
  if (proved && from && !mayBeReseated(from.kind, target.kind)) return RefusalReason.State;
  if (!(await turn.unitEvent(deviceId, event))) return RefusalReason.State;
  if (!proved) await moveUnit(turn.trx, deviceId, target.id);
  return 0;
}

/** Where this light leads; undefined for an end user's, and where its group is gone. */
async function dutTarget(turn: Turn, { group_id }: Token): Promise<Group | undefined> {
  const from = await groupById(turn.trx, group_id);
  return groupById(turn.trx, from?.dut_target ?? null);
}

async function provesKey(turn: Turn, deviceId: string): Promise<boolean> {
  const [proof, tokenId, nonce] = [turn.field(Tag.KeyProof), turn.field(Tag.TokenId), turn.field(Tag.DeviceNonce)];
  const grants = await grantsOf(turn, deviceId);
  return grants.some(({ key }) => sameBytes(proof, keyProofOf(prf, turn.tools.vault.open(key), tokenId, nonce)));
}

/** A neighbour read the light: neither may go on, and what was answered to either is forgotten. */
async function stopBoth(turn: Turn, token: Token, deviceIds: readonly string[]): Promise<RefusalReason> {
  await turn.trx.updateTable("tokens").set({ crosstalk: 1 }).where("id", "=", token.id).execute();
  await turn.trx.deleteFrom("answers").where("token", "=", token.id).execute();
  for (const id of deviceIds) {
    turn.audit(id, "alarm: crosstalk", { token: token.id, devices: deviceIds });
    await turn.unitEvent(id, "n");
  }
  return RefusalReason.Crosstalk;
}

/** A hello that was held back, while the same device has started again since: what it began then is over. */
async function isOfEarlierBoot(turn: Turn, deviceId: string, token: string | null): Promise<boolean> {
  const later = await turn.trx
    .selectFrom("sessions")
    .select("id")
    .where("device_id", "=", deviceId)
    .where("token", token === null ? "is" : "=", token)
    .where("boot", ">", bootOf(turn))
    .executeTakeFirst();
  return later !== undefined;
}

const bootOf = (turn: Turn): number => getU32(turn.field(Tag.DeviceNonce), 0);

function findRun(turn: Turn, id: number) {
  return turn.trx.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

/** Binds the token to the device, and gives the run its own lease. */
async function startRun(turn: Turn, token: Token, deviceId: string): Promise<number> {
  const { leaseS } = await turn.product(token.product);
  const { id } = await turn.trx
    .insertInto("runs")
    .values({
      device_id: deviceId,
      token: token.id,
      started_at: turn.now,
      lease_until: turn.now + leaseS * 1000,
      verdict: null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await turn.trx.updateTable("tokens").set({ device_id: deviceId, run: id }).where("id", "=", token.id).execute();
  turn.audit(deviceId, "run started", { run: id, token: token.id, fixture: token.fixture });
  return id;
}

/**
 * The unit becomes known, in no group of the line's before its light is good; one that has its serial number stays with its
 * product.
 */
async function meet(turn: Turn, token: Token, deviceId: string, isLate: boolean): Promise<void> {
  const lit = { fixture: token.fixture, slot: token.slot };
  const known = await turn.trx
    .selectFrom("units")
    .select(["serial", "product"])
    .where("device_id", "=", deviceId)
    .executeTakeFirst();
  if (known && isLate) return turn.heard(deviceId);
  if (known && (known.serial || known.product === token.product)) {
    await turn.trx.updateTable("units").set(lit).where("device_id", "=", deviceId).execute();
  } else {
    const group_id = (await findGroup(turn.trx, token.product, "development")) as number;
    const values = { ...lit, product: token.product, group_id, session: null };
    const rest = { changed_at: turn.now, heard_at: turn.now, plan_id: null };
    await turn.trx
      .insertInto("units")
      .values({ device_id: deviceId, state: "seen", serial: null, ...rest, ...values })
      .onConflict((conflict) => conflict.column("device_id").doUpdateSet(values))
      .execute();
  }
  await turn.heard(deviceId);
}

async function helloByKey(turn: Turn, tokenId: string, token: Token | undefined): Promise<Answer> {
  const deviceId = turn.idField(Tag.DeviceId);
  const grant = (await grantsOf(turn, deviceId)).find(({ acknowledged_at }) => acknowledged_at !== null);
  const root = grant && turn.tools.vault.open(grant.key);
  if (!root || !turn.isFrom(root)) {
    if (tokenId) return turn.unproved(token ? "wrong MAC" : "unknown token", tokenId);
    return turn.unproved(root ? "wrong MAC" : "unknown device", deviceId);
  }
  await turn.heard(deviceId);
  const refusal = (await isOfEarlierBoot(turn, deviceId, null))
    ? RefusalReason.State
    : await ownRefusal(turn, deviceId, tokenId, token);
  if (refusal) {
    turn.audit(deviceId, "hello refused", tokenId ? { reason: refusal, token: tokenId } : { reason: refusal });
    return turn.refuse(root, refusal);
  }
  return welcome(turn, root, { token: null, run: null }, deviceId, { deviceid: deviceId });
}

async function ownRefusal(
  turn: Turn,
  deviceId: string,
  tokenId: string,
  token: Token | undefined,
): Promise<RefusalReason | 0> {
  if (tokenId) return activate(turn, deviceId, token);
  return (await turn.unitEvent(deviceId, "p")) ? 0 : RefusalReason.State;
}

/** The earlier session of this device is over; its results stay. */
async function welcome(
  turn: Turn,
  root: Uint8Array,
  from: { readonly token: string | null; readonly run: number | null },
  deviceId: string,
  params: object,
): Promise<Uint8Array> {
  const session = turn.tools.random(SESSION_ID_BYTES);
  const nonce = turn.tools.random(NONCE_BYTES);
  const id = hex(session);
  await turn.trx
    .insertInto("sessions")
    .values({
      ...from,
      id,
      device_id: deviceId,
      key: turn.tools.vault.seal(sessionKeyOf(prf, root, macOf(turn.request), nonce)),
      counter: 0,
      request: "",
      digest: NO_DIGEST,
      boot: bootOf(turn),
    })
    .execute();
  await turn.trx.updateTable("units").set({ session: id }).where("device_id", "=", deviceId).execute();
  turn.audit(deviceId, "welcomed", { session: id, stage: turn.idField(Tag.StageHash) });
  const head = [Tag.SessionId, session, Tag.ServerNonce, nonce, Tag.ConfigParams, asciiBytes(JSON.stringify(params))];
  return turn.answer(root, MessageType.Welcome, [...head, ...(await pendingItems(turn.trx, deviceId))]);
}
