// SPDX-License-Identifier: Apache-2.0
// Results and Bless: the server keeps every attempt, judges by its own limits, and grants once.
import { MessageType, PhaseOutcome, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, equalBytes } from "../../firmware/core/protocol/bytes.js";
import { deviceKeyOf, digestOf, keyHashOf } from "../../firmware/core/protocol/keys.js";
import { readResults } from "../../firmware/core/protocol/results.js";
import { hex, prf, unhex } from "../crypto.js";
import type { Attempt } from "../domain/product.js";
import { judge, serialNumber } from "../domain/product.js";
import type { ProvenSession } from "./session.js";
import { inOrder } from "./session.js";
import type { Answer, Turn } from "./turn.js";

const SALT_BYTES = 16;
const NONCE_BYTES = 16;
const OUTCOMES = PhaseOutcome.Timeout;

export const answerResults = (turn: Turn): Promise<Answer> => inOrder(turn, (proven) => keepResults(turn, proven));
export const answerBless = (turn: Turn): Promise<Answer> => inOrder(turn, (proven) => decide(turn, proven));

async function keepResults(turn: Turn, { session, key }: ProvenSession): Promise<Answer> {
  const batch = turn.field(Tag.Batch);
  const attempts = readAttempts(batch);
  if (!attempts || session.run === null) return turn.refuse(key, RefusalReason.State);
  for (const attempt of attempts) {
    const { position } = await turn.trx
      .insertInto("phases")
      .values({ run: session.run, phase: attempt.phase, attempt: attempt.attempt, outcome: attempt.outcome })
      .returning("position")
      .executeTakeFirstOrThrow();
    for (const { name, value } of attempt.measurements)
      await turn.trx
        .insertInto("measurements")
        .values({ run: session.run, phase_position: position, name, value })
        .execute();
  }
  const digest = hex(digestOf(prf, unhex(session.digest), batch));
  await turn.trx.updateTable("sessions").set({ digest }).where("id", "=", session.id).execute();
  return turn.answer(key, MessageType.ResultsKept, []);
}

/** Undefined when the batch is malformed, or holds a measurement that no phase closes or a value that is no number. */
function readAttempts(batch: Uint8Array): Attempt[] | undefined {
  const attempts: Attempt[] = [];
  let measurements: { name: string; value: number }[] = [];
  let sound = true;
  const whole = readResults(batch, {
    measurement(name, value) {
      sound &&= Number.isFinite(value);
      measurements.push({ name, value });
    },
    phase(phase, outcome, attempt) {
      sound &&= outcome <= OUTCOMES;
      attempts.push({ phase, outcome, attempt, measurements });
      measurements = [];
    },
  });
  return whole && sound && measurements.length === 0 ? attempts : undefined;
}

export async function attemptsOf(trx: Turn["trx"], run: number): Promise<Attempt[]> {
  const phases = await trx.selectFrom("phases").selectAll().where("run", "=", run).orderBy("position").execute();
  const values = await trx.selectFrom("measurements").selectAll().where("run", "=", run).execute();
  return phases.map(({ position, phase, attempt, outcome }) => ({
    phase,
    attempt,
    outcome,
    measurements: values.filter((row) => row.phase_position === position),
  }));
}

async function decide(turn: Turn, { session, key }: ProvenSession): Promise<Answer> {
  const deviceId = session.device_id;
  const unit = await turn.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
  if (session.run === null || !["dut", "blessing", "failed"].includes(unit.state))
    return turn.refuse(key, RefusalReason.State);
  const { measurements } = await turn.product(unit.product);
  const claimed = turn.field(Tag.Verdict)[0] === 1;
  const whole = equalBytes(turn.field(Tag.ResultsDigest), unhex(session.digest));
  const why = !claimed
    ? "the device reports failure"
    : !whole
      ? "the results are not those that were sent"
      : judge(measurements, await attemptsOf(turn.trx, session.run));
  const vetoed = why ? "" : turn.tools.veto(deviceId);
  if (!why && !vetoed) return grant(turn, session.id, session.run, deviceId, key);
  await turn.trx.updateTable("runs").set({ verdict: "failed" }).where("id", "=", session.run).execute();
  await turn.audit(deviceId, "not blessed", { why: why || vetoed });
  await turn.unitEvent(deviceId, "n");
  if (!claimed) return turn.answer(key, MessageType.Grant, []);
  return turn.refuse(key, why ? RefusalReason.Limits : RefusalReason.Vetoed);
}

/** Reserves the unit's serial number, the same one however often it is asked, and signs its record. */
async function grant(turn: Turn, session: string, run: number, deviceId: string, key: Uint8Array): Promise<Answer> {
  const serial = await reserveSerial(turn, deviceId);
  const salt = turn.tools.random(SALT_BYTES);
  const deviceKey = deviceKeyOf(prf, key, salt, asciiBytes(serial));
  const unit = await turn.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
  const record = asciiBytes(
    JSON.stringify({
      v: 1,
      product: unit.product,
      serial,
      deviceId,
      keyHash: hex(keyHashOf(prf, deviceKey)),
      fixtureId: unit.fixture ?? "",
      time: new Date(turn.now).toISOString(),
      key: turn.tools.vault.signingKeyId,
    }),
  );
  const signature = turn.tools.vault.sign(record);
  await turn.trx
    .insertInto("grants")
    .values({
      device_id: deviceId,
      session,
      serial,
      key: turn.tools.vault.seal(deviceKey),
      record: Buffer.from(record),
      signature: Buffer.from(signature),
      wipe_nonce: hex(turn.tools.random(NONCE_BYTES)),
      granted_at: turn.now,
      acknowledged_at: null,
    })
    .execute();
  await turn.trx.updateTable("runs").set({ verdict: "passed" }).where("id", "=", run).execute();
  await turn.audit(deviceId, "granted", { serial, run });
  await turn.unitEvent(deviceId, "g");
  return turn.answer(key, MessageType.Grant, [
    Tag.Serial,
    asciiBytes(serial),
    Tag.Salt,
    salt,
    Tag.Record,
    record,
    Tag.Signature,
    signature,
  ]);
}

async function reserveSerial(turn: Turn, deviceId: string): Promise<string> {
  const unit = await turn.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
  if (unit.serial) return unit.serial;
  const { serials } = await turn.trx
    .updateTable("products")
    .set((eb) => ({ serials: eb("serials", "+", 1) }))
    .where("name", "=", unit.product)
    .returning("serials")
    .executeTakeFirstOrThrow();
  const serial = serialNumber((await turn.product(unit.product)).serialFormat, serials);
  await turn.trx.updateTable("units").set({ serial }).where("device_id", "=", deviceId).execute();
  return serial;
}
