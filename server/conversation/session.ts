// SPDX-License-Identifier: Apache-2.0
// Who speaks within a session, and whether what it says comes in order.
import type { Selectable } from "kysely";
import { RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { getU32 } from "../../firmware/core/protocol/bytes.js";
import type { Tables } from "../store/schema.js";
import type { Answer, Turn } from "./turn.js";

export interface ProvenSession {
  readonly session: Selectable<Tables["sessions"]>;
  readonly key: Uint8Array;
}

/** The session that this request belongs to, by its key; undefined when that is not proved. */
export async function provenSession(turn: Turn): Promise<ProvenSession | undefined> {
  const id = turn.idField(Tag.SessionId);
  const session = await turn.trx.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
  if (!session) return undefined;
  const key = turn.tools.vault.open(session.key);
  if (turn.isFrom(key)) return { session, key };
  await turn.audit(session.device_id, "request refused", { why: "bad MAC", session: id });
  return undefined;
}

/** Runs `then` for a request in order, in a run that may go on; refuses it else. */
export async function inOrder(turn: Turn, then: (proven: ProvenSession) => Promise<Answer>): Promise<Answer> {
  const proven = await provenSession(turn);
  if (!proven) return undefined;
  const { session, key } = proven;
  const counter = turn.field(Tag.Counter);
  const number = counter.length === 8 ? getU32(counter, 4) : 0;
  const reason = number <= session.counter ? RefusalReason.Conflict : await runRefusal(turn, session);
  if (reason) {
    await turn.audit(session.device_id, "request refused", { reason, session: session.id, number });
    return turn.refuse(key, reason);
  }
  await turn.trx.updateTable("sessions").set({ counter: number }).where("id", "=", session.id).execute();
  return then(proven);
}

async function runRefusal(turn: Turn, session: Selectable<Tables["sessions"]>): Promise<RefusalReason | 0> {
  if (session.run === null) return 0;
  const run = await turn.trx
    .selectFrom("runs")
    .innerJoin("tokens", "tokens.id", "runs.token")
    .select(["runs.lease_until", "tokens.crosstalk"])
    .where("runs.id", "=", session.run)
    .executeTakeFirstOrThrow();
  if (run.crosstalk) return RefusalReason.Crosstalk;
  return turn.now > run.lease_until ? RefusalReason.Expired : 0;
}
