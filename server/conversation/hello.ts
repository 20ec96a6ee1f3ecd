// SPDX-License-Identifier: Apache-2.0
// Hello: by a token (the first device binds it, a second stops both), or by a blessed device's own key.
import type { Selectable } from "kysely";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, equalBytes } from "../../firmware/core/protocol/bytes.js";
import { keyProofOf, sessionKeyOf } from "../../firmware/core/protocol/keys.js";
import { macOf } from "../../firmware/core/protocol/message.js";
import { hex, prf } from "../crypto.js";
import type { Tables } from "../store/schema.js";
import type { Answer, Turn } from "./turn.js";
import { asciiJson } from "./turn.js";

const SESSION_ID_BYTES = 8;
const NONCE_BYTES = 16;
const NO_DIGEST = "00".repeat(32);

type Token = Selectable<Tables["tokens"]>;

export async function answerHello(turn: Turn): Promise<Answer> {
  const id = turn.idField(Tag.TokenId);
  if (!id) return helloByKey(turn);
  const deviceId = turn.idField(Tag.DeviceId);
  const token = await turn.trx.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
  if (!token || deviceId.length !== 16) return undefined;
  const root = turn.tools.vault.open(token.key);
  if (!turn.isFrom(root)) {
    await turn.audit(deviceId, "hello refused", { why: "bad MAC", token: id });
    return undefined;
  }
  const reason = await refusalOf(turn, token, deviceId);
  if (reason) {
    await turn.audit(deviceId, "hello refused", { reason, token: id });
    return turn.refuse(root, reason);
  }
  const run = token.run ?? (await startRun(turn, token, deviceId));
  const params = { deviceid: deviceId, factory_imp_device_id: token.fixture ?? undefined, factoryfirmware: true };
  return welcome(turn, root, run, deviceId, params);
}

/** The token may be used by this device now, or why not. */
async function refusalOf(turn: Turn, token: Token, deviceId: string): Promise<RefusalReason | 0> {
  if (token.crosstalk) return RefusalReason.Crosstalk;
  if (token.device_id && token.device_id !== deviceId) return stopBoth(turn, token, deviceId);
  const run = token.run
    ? await turn.trx.selectFrom("runs").selectAll().where("id", "=", token.run).executeTakeFirst()
    : undefined;
  if (turn.now > (run ? run.lease_until : token.expires_at)) return RefusalReason.Expired;
  return blessedRefusal(turn, deviceId, token.id);
}

/** A neighbour read the light: neither may go on. */
async function stopBoth(turn: Turn, token: Token, deviceId: string): Promise<RefusalReason> {
  await turn.trx.updateTable("tokens").set({ crosstalk: 1 }).where("id", "=", token.id).execute();
  await ensureUnit(turn, token, deviceId);
  for (const id of [token.device_id as string, deviceId]) {
    await turn.audit(id, "crosstalk", { token: token.id });
    await turn.unitEvent(id, "n");
  }
  return RefusalReason.Crosstalk;
}

/** A device that is blessed already must prove its own key too. */
async function blessedRefusal(turn: Turn, deviceId: string, tokenId: string): Promise<RefusalReason | 0> {
  const grants = await turn.trx.selectFrom("grants").selectAll().where("device_id", "=", deviceId).execute();
  const proof = turn.field(Tag.KeyProof);
  const known = grants.some((grant) =>
    equalBytes(
      proof,
      keyProofOf(prf, turn.tools.vault.open(grant.key), turn.field(Tag.TokenId), turn.field(Tag.DeviceNonce)),
    ),
  );
  const blessed = grants.some((grant) => grant.acknowledged_at !== null);
  if (proof.length && !known) await turn.audit(deviceId, "key proof refused", { token: tokenId });
  return (blessed || proof.length) && !known ? RefusalReason.AlreadyBlessed : 0;
}

async function startRun(turn: Turn, token: Token, deviceId: string): Promise<number> {
  const { leaseS } = await turn.product(token.product);
  await ensureUnit(turn, token, deviceId);
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
  await turn.audit(deviceId, "run started", { run: id, token: token.id, fixture: token.fixture });
  await turn.unitEvent(deviceId, "h");
  return id;
}

/** Only light moves a device into the DUT group. */
async function ensureUnit(turn: Turn, token: Token, deviceId: string): Promise<void> {
  const group = await turn.trx
    .selectFrom("groups")
    .select("id")
    .where("product", "=", token.product)
    .where("kind", "=", "dut")
    .executeTakeFirstOrThrow();
  const lit = { fixture: token.fixture, slot: token.slot };
  await turn.trx
    .insertInto("units")
    .values({
      device_id: deviceId,
      product: token.product,
      group_id: group.id,
      state: "seen",
      serial: null,
      changed_at: turn.now,
      ...lit,
    })
    .onConflict((conflict) => conflict.column("device_id").doUpdateSet(lit))
    .execute();
}

async function helloByKey(turn: Turn): Promise<Answer> {
  const deviceId = turn.idField(Tag.DeviceId);
  const grant = await turn.trx
    .selectFrom("grants")
    .selectAll()
    .where("device_id", "=", deviceId)
    .where("acknowledged_at", "is not", null)
    .executeTakeFirst();
  if (!grant) return undefined;
  const root = turn.tools.vault.open(grant.key);
  if (!turn.isFrom(root)) {
    await turn.audit(deviceId, "hello refused", { why: "bad MAC under the device key" });
    return undefined;
  }
  return welcome(turn, root, null, deviceId, { deviceid: deviceId });
}

async function welcome(
  turn: Turn,
  root: Uint8Array,
  run: number | null,
  deviceId: string,
  params: object,
): Promise<Uint8Array> {
  const session = turn.tools.random(SESSION_ID_BYTES);
  const nonce = turn.tools.random(NONCE_BYTES);
  await turn.trx
    .insertInto("sessions")
    .values({
      id: hex(session),
      run,
      device_id: deviceId,
      nonce: turn.idField(Tag.DeviceNonce),
      key: turn.tools.vault.seal(sessionKeyOf(prf, root, macOf(turn.request), nonce)),
      counter: 0,
      digest: NO_DIGEST,
    })
    .execute();
  await turn.audit(deviceId, "welcomed", { session: hex(session), stage: turn.idField(Tag.StageHash) });
  return turn.answer(root, MessageType.Welcome, [
    Tag.SessionId,
    session,
    Tag.ServerNonce,
    nonce,
    Tag.ConfigParams,
    asciiBytes(asciiJson(params)),
  ]);
}
