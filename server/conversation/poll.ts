// SPDX-License-Identifier: Apache-2.0
// Poll: brings items and asks for those that wait.
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiBytes, getU32 } from "../../firmware/core/protocol/bytes.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import type { ProvenFixture } from "./fixture.js";
import { asFixture } from "./fixture.js";
import { forgetArrived, keepItems } from "./items.js";
import { inOrder } from "./session.js";
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
        const brought = await keepItems(turn, session.device_id, session.id);
        if (brought === undefined) return turn.refuse(key, RefusalReason.State);
        const answer = (items: Fields) => turn.answer(key, MessageType.Messages, items);
        return open({ recipient: session.device_id, atOnce: brought > 0, answer });
      });
  return opened ?? refusal;
}

/** The first poll of a fixture's start asks who it is. */
async function fixturePoll(
  turn: Turn,
  { fixture, key }: ProvenFixture,
  open: (poll: OpenPoll) => undefined,
): Promise<Answer> {
  const counter = turn.field(Tag.Counter);
  const brought = await keepItems(turn, fixture.id, turn.idField(Tag.Counter).slice(0, 8));
  if (brought === undefined) return turn.refuse(key, RefusalReason.State);
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
