// SPDX-License-Identifier: Apache-2.0
// Poll: brings items and asks for those that wait.
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, getU32 } from "../../firmware/core/protocol/bytes.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { queueEvents } from "../agents/agent-store.js";
import type { ProvenFixture } from "./fixture.js";
import { asFixture } from "./fixture.js";
import { forgetArrived, keepItems } from "./items.js";
import type { NewItem } from "./items.js";
import type { Session } from "./session.js";
import { inOrder } from "./session.js";
import { findToken } from "./token.js";
import type { Answer, Turn } from "./turn.js";

/** A verified poll: who asks, and how to answer it once there is something to say. */
export interface OpenPoll {
  readonly recipient: string;
  /** It is answered even with no items. */
  readonly atOnce: boolean;
  readonly answer: (items: Fields) => Uint8Array;
}

/** Keeps what the poll brought; a refusal is answered as it stands. */
export async function openPoll(turn: Turn): Promise<OpenPoll | Answer> {
  let opened: OpenPoll | undefined;
  const open = (poll: OpenPoll): undefined => void (opened = poll);
  const isFixture = turn.field(Tag.FixtureId).length > 0;
  const refusal = isFixture
    ? await asFixture(turn, (proven) => fixturePoll(turn, proven, open))
    : await inOrder(turn, async ({ session, key }) => {
        await forgetArrived(turn, session.device_id);
        const fresh: NewItem[] = [];
        const brought = await keepItems(turn, session.device_id, session.id, fresh);
        if (brought === undefined) return turn.refuse(key, RefusalReason.State);
        if (fresh.length) await tellAgent(turn, session, fresh);
        const answer = (items: Fields) => turn.answer(key, MessageType.Messages, items);
        return open({ recipient: session.device_id, atOnce: brought > 0, answer });
      });
  return opened ?? refusal;
}

/** What a session of the factory's says is for the DUT's agent, even when blessing has moved the unit meanwhile. */
async function tellAgent(turn: Turn, session: Session, items: readonly NewItem[]): Promise<void> {
  const token = session.token === null ? undefined : await findToken(turn, session.token);
  const { product } = await turn.unit(session.device_id);
  const role = token?.kind === "factory" ? "dut" : "application";
  await queueEvents(turn, { deviceId: session.device_id, role }, product, items);
}

/** The first poll of a fixture's start asks who it is. */
async function fixturePoll(
  turn: Turn,
  { fixture, key }: ProvenFixture,
  open: (poll: OpenPoll) => undefined,
): Promise<Answer> {
  const counter = turn.field(Tag.Counter);
  const fresh: NewItem[] = [];
  const brought = await keepItems(turn, fixture.id, turn.idField(Tag.Counter).slice(0, 8), fresh);
  if (brought === undefined) return turn.refuse(key, RefusalReason.State);
  await queueEvents(turn, { deviceId: fixture.id, role: "fixture" }, fixture.product, fresh);
  const params = asciiBytes(
    JSON.stringify({
      deviceid: fixture.id,
      factory_imp_device_id: fixture.id,
      is_factory_fixture: true,
      factoryfirmware: true,
    }),
  );
  return open({
    recipient: fixture.id,
    atOnce: brought > 0 || getU32(counter, 4) === 1,
    answer: (items) => turn.answer(key, MessageType.Messages, [Tag.ConfigParams, params, ...items]),
  });
}
