// SPDX-License-Identifier: Apache-2.0
// Results and Bless: the server keeps every attempt, and judges by its own limits.
import { MessageType, PhaseOutcome, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { digestOf } from "../../firmware/core/protocol/keys.js";
import { readResults } from "../../firmware/core/protocol/results.js";
import { hex, prf, sameBytes, unhex } from "../crypto.js";
import type { Attempt } from "../domain/judge.js";
import { mayCall } from "../domain/groups.js";
import { judge } from "../domain/judge.js";
import { unitStep } from "../domain/unit-machine.js";
import type { Db } from "../store/database.js";
import { groupById } from "../store/groups.js";
import { unitEvent } from "../webhooks/events.js";
import { grant } from "./grants.js";
import { pendingItems } from "./items.js";
import type { ProvenSession, Session } from "./session.js";
import { inOrder } from "./session.js";
import type { Answer, Turn } from "./turn.js";

const LAST_OUTCOME = PhaseOutcome.Skipped;

export const answerResults = (turn: Turn): Promise<Answer> => inOrder(turn, asDut(turn, keepResults));
export const answerBless = (turn: Turn): Promise<Answer> => inOrder(turn, asDut(turn, decide));

type Step = (turn: Turn, proven: ProvenSession) => Promise<Answer>;

/** Of a device in a DUT group; from any other it is a forgery, whatever its firmware. */
const asDut =
  (turn: Turn, then: Step) =>
  async (proven: ProvenSession): Promise<Answer> => {
    const { device_id } = proven.session;
    const group = await groupById(turn.trx, (await turn.unit(device_id)).group_id);
    if (group && mayCall(group.kind, "bless")) return then(turn, proven);
    turn.audit(device_id, "refused: not in a DUT group", { group: group?.name ?? null, type: turn.request[1] });
    return turn.refuse(proven.key, RefusalReason.State);
  };

async function keepResults(turn: Turn, { session, key }: ProvenSession): Promise<Answer> {
  const batch = turn.field(Tag.Batch);
  const attempts = readAttempts(batch);
  if (!attempts || session.run === null) {
    turn.audit(session.device_id, "refused: malformed results", { session: session.id });
    return turn.refuse(key, RefusalReason.State);
  }
  for (const attempt of attempts) await keepAttempt(turn, session.id, session.run, attempt);
  const digest = hex(digestOf(prf, unhex(session.digest), batch));
  await turn.trx.updateTable("sessions").set({ digest }).where("id", "=", session.id).execute();
  return turn.answer(key, MessageType.ResultsKept, await pendingItems(turn.trx, session.device_id));
}

async function keepAttempt(turn: Turn, session: string, run: number, attempt: Attempt): Promise<void> {
  const { measurements, ...phase } = attempt;
  const { position } = await turn.trx
    .insertInto("phases")
    .values({ run, session, ...phase })
    .returning("position")
    .executeTakeFirstOrThrow();
  if (!measurements.length) return;
  const rows = measurements.map(({ name, value }) => ({
    phase_position: position,
    name,
    value: Number.isFinite(value) ? value : null,
  }));
  await turn.trx.insertInto("measurements").values(rows).execute();
}

/** Undefined when the batch is malformed or empty, or ends with measurements that no phase closes. */
function readAttempts(batch: Uint8Array): Attempt[] | undefined {
  const attempts: Attempt[] = [];
  let measurements: { name: string; value: number }[] = [];
  let sound = true;
  const whole = readResults(batch, {
    measurement(name, value) {
      measurements.push({ name, value });
    },
    phase(phase, outcome, attempt) {
      sound &&= outcome <= LAST_OUTCOME;
      attempts.push({ phase, outcome, attempt, measurements });
      measurements = [];
    },
  });
  return whole && sound && attempts.length > 0 && measurements.length === 0 ? attempts : undefined;
}

/** Every attempt of a run or of one of its sessions, in order. */
export async function attemptsOf(db: Db, of: "run" | "session", id: number | string): Promise<Attempt[]> {
  const phases = await db.selectFrom("phases").selectAll().where(of, "=", id).orderBy("position").execute();
  const values = await db
    .selectFrom("measurements")
    .innerJoin("phases", "phases.position", "measurements.phase_position")
    .select(["phase_position", "name", "value"])
    .where(of, "=", id)
    .orderBy("measurements.position")
    .execute();
  return phases.map(({ position, phase, attempt, outcome }) => ({
    phase,
    attempt,
    outcome,
    measurements: values
      .filter((row) => row.phase_position === position)
      .map(({ name, value }) => ({ name, value: value ?? NaN })),
  }));
}

interface Fault {
  readonly why: string;
  /** 0 when the device itself says so: it needs no refusal. */
  readonly reason: RefusalReason | 0;
}

async function decide(turn: Turn, proven: ProvenSession): Promise<Answer> {
  const { session, key } = proven;
  const deviceId = session.device_id;
  const { state } = await turn.unit(deviceId);
  const group = await productionTarget(turn, session);
  const fault = await faultOf(turn, session);
  if (session.run === null || (!fault && group === null) || !unitStep(state, fault ? "n" : "g")) {
    turn.audit(deviceId, "refused: not possible in this state", { state, type: turn.request[1] });
    return turn.refuse(key, RefusalReason.State);
  }
  const verdict = fault ? "failed" : "passed";
  await turn.trx.updateTable("runs").set({ verdict }).where("id", "=", session.run).execute();
  if (!fault) return grant(turn, proven, group as number);
  turn.audit(deviceId, "not blessed", { why: fault.why });
  await turn.unitEvent(deviceId, "n");
  const event = fault.reason ? "bless_refused" : "test_failed";
  await turn.post(unitEvent(event, await turn.unit(deviceId), { run: session.run, why: fault.why }));
  return fault.reason ? turn.refuse(key, fault.reason) : turn.answer(key, MessageType.Grant, []);
}

/** Where blessing leads from the light that this session goes back to; null when its group is gone. */
async function productionTarget(turn: Turn, { token }: Session): Promise<number | null> {
  const row = await turn.trx
    .selectFrom("tokens")
    .innerJoin("groups", "groups.id", "tokens.group_id")
    .select("production_target")
    .where("tokens.id", "=", token)
    .executeTakeFirst();
  return row?.production_target ?? null;
}

/** Why the unit is not to be blessed; undefined when it is. */
async function faultOf(turn: Turn, session: Session): Promise<Fault | undefined> {
  if (turn.field(Tag.Verdict)[0] !== 1) return { why: "the device reports failure", reason: 0 };
  if (!sameBytes(turn.field(Tag.ResultsDigest), unhex(session.digest)))
    return { why: "alarm: the results are not those that were sent", reason: RefusalReason.Conflict };
  const { product } = await turn.unit(session.device_id);
  const { measurements } = await turn.product(product);
  const outside = judge(measurements, await attemptsOf(turn.trx, "session", session.id));
  if (outside) return { why: outside, reason: RefusalReason.Limits };
  const veto = turn.tools.veto(session.device_id);
  return veto ? { why: veto, reason: RefusalReason.Vetoed } : undefined;
}
