// SPDX-License-Identifier: Apache-2.0
// Poll: brings items and asks for those that wait.
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
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
  const isFixture = turn.field(Tag.FixtureId).length > 0;
  const refusal = isFixture
    ? await asFixture(turn, async (proven) => void (opened = await fixturePoll(turn, proven)))
    : await inOrder(turn, async ({ session, key }) => {
        await forgetArrived(turn, session.device_id);
        const brought = await keepItems(turn, session.device_id, session.id);
        const answer = (items: Fields) => turn.answer(key, MessageType.Messages, items);
        opened = { recipient: session.device_id, atOnce: brought > 0, answer };
        return undefined;
      });
  return opened ?? refusal;
}

/** The first poll of a fixture's start asks who it is. */
async function fixturePoll(turn: Turn, { fixture, key }: ProvenFixture): Promise<OpenPoll> {
  const counter = turn.field(Tag.Counter);
  const brought = await keepItems(turn, fixture.id, turn.idField(Tag.Counter).slice(0, 8));
  const params = asciiBytes(
    JSON.stringify({
      deviceid: fixture.id,
      factory_imp_device_id: fixture.id,
      is_factory_fixture: true,
      factoryfirmware: true,
    }),
  );
  return {
    recipient: fixture.id,
    atOnce: brought > 0 || getU32(counter, 4) === 1,
    answer: (items) => turn.answer(key, MessageType.Messages, [Tag.ConfigParams, params, ...items]),
  };
}
