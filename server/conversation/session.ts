// SPDX-License-Identifier: Apache-2.0
// Who speaks within a session, and whether what it says comes in order.
import type { Selectable } from "kysely";
import { RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { getU32 } from "../../firmware/core/protocol/bytes.js";
import type { Tables } from "../store/schema.js";
import type { Answer, Turn } from "./turn.js";

export type Session = Selectable<Tables["sessions"]>;

export interface ProvenSession {
  readonly session: Session;
  readonly key: Uint8Array;
}

export function findSession(turn: Turn): Promise<Session | undefined> {
  return turn.trx.selectFrom("sessions").selectAll().where("id", "=", turn.idField(Tag.SessionId)).executeTakeFirst();
}

/**
 * The session that this request belongs to, by its key; undefined when that is not proved. It may be a replay: what wakes
 * or counts waits until its order is known.
 */
export async function provenSession(turn: Turn): Promise<ProvenSession | undefined> {
  const session = await findSession(turn);
  if (!session) return turn.unproved("unknown session", turn.idField(Tag.SessionId));
  const key = turn.tools.vault.open(session.key);
  if (!turn.isFrom(key)) return turn.unproved("wrong MAC", session.device_id);
  turn.token = session.token;
  return { session, key };
}

/** Runs `then` for a request in order, in a session that may go on; refuses it else. */
export async function inOrder(turn: Turn, then: (proven: ProvenSession) => Promise<Answer>): Promise<Answer> {
  const proven = await provenSession(turn);
  if (!proven) return undefined;
  const { session, key } = proven;
  const counter = turn.field(Tag.Counter);
  if (getU32(counter, 0) !== 0) return turn.unproved("malformed", session.device_id);
  const number = getU32(counter, 4);
  const refusal = (await sessionRefusal(turn, session)) ?? orderRefusal(turn, session, number);
  if (refusal) {
    turn.audit(session.device_id, refusal.why, { session: session.id, number, type: turn.request[1] });
    return turn.refuse(key, refusal.reason);
  }
  await turn.heard(session.device_id);
  await turn.trx
    .updateTable("sessions")
    .set({ counter: number, request: turn.id })
    .where("id", "=", session.id)
    .execute();
  return then(proven);
}

interface Refusal {
  readonly reason: RefusalReason;
  readonly why: string;
}

/** Two devices read the light that this goes back to. */
export async function isCrossed(turn: Turn, token: string | null): Promise<boolean> {
  if (!token) return false;
  const row = await turn.trx.selectFrom("tokens").select("crosstalk").where("id", "=", token).executeTakeFirst();
  return row?.crosstalk === 1;
}

async function sessionRefusal(turn: Turn, session: Session): Promise<Refusal | undefined> {
  if (await isCrossed(turn, session.token)) return { reason: RefusalReason.Crosstalk, why: "refused: crosstalk" };
  const unit = await turn.unit(session.device_id);
  if (unit.session !== session.id) return { reason: RefusalReason.State, why: "refused: a later session stands" };
  if (session.run === null) return undefined;
  const run = await turn.trx
    .selectFrom("runs")
    .select("lease_until")
    .where("id", "=", session.run)
    .executeTakeFirstOrThrow();
  return turn.now > run.lease_until ? { reason: RefusalReason.Expired, why: "refused: lease over" } : undefined;
}

/** A repeat of the last request is in order; the same number with other contents is somebody's forgery or somebody's fault. */
function orderRefusal(turn: Turn, session: Session, number: number): Refusal | undefined {
  if (number > session.counter || (number === session.counter && turn.id === session.request)) return undefined;
  const why = number === session.counter ? "alarm: counter with other contents" : "alarm: counter replayed";
  return { reason: RefusalReason.Conflict, why };
}
