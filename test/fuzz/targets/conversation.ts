// SPDX-License-Identifier: Apache-2.0
// The whole server, at each point of a life, by a sender who mostly knows the key. Input: a byte (odd: as it is; even: sealed), then the
// request. It answers by 200 and proof or by 403 and nothing; afterwards the log is whole and no serial number came twice.
import { EMPTY } from "../../../firmware/core/protocol/bytes.js";
import { Label, MessageType } from "../../../firmware/core/protocol/codes.js";
import { isWellFormed, MAC_BYTES, macIsRight, macOf } from "../../../firmware/core/protocol/message.js";
import type { Chance } from "../chance.js";
import { haltAt, SCENE_NAMES } from "../../tamper/life.js";
import type { Halted } from "../../tamper/life.js";
import { bodyOf, fieldsOf, reseal } from "../../tamper/reseal.js";
import { prf } from "../../tools/test-device.js";
import type { Reply } from "../../tools/test-server.js";
import { settle } from "../../tools/test-server.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must } from "../target.js";

const HOLD_MS = 20_000;
const MOST_WAITS = 20;

export const conversation: Target = {
  name: "conversation",
  weight: 1,
  batch: 60,
  async open(seed, batch) {
    const scene = SCENE_NAMES[batch % SCENE_NAMES.length] as string;
    const halted = await haltAt(seed + batch, scene);
    const { world } = halted;
    return {
      input: (chance) => inputFor(halted.request, chance),
      run: (input) => runOne(halted, input),
      async close() {
        try {
          must((await world.server.admin.verifyAudit()).length === 0, "the audit log is not whole");
          const serials = (await world.server.admin.units()).flatMap(({ serial }) => serial ?? []);
          must(new Set(serials).size === serials.length, "a serial number came twice");
        } finally {
          await world.close();
        }
      },
    };
  },
};

/** Half the time single fields are damaged, so that the envelope stays sound. */
function inputFor(request: Uint8Array, chance: Chance): Uint8Array {
  const body = request.subarray(0, request.length - MAC_BYTES);
  const damaged = chance.oneIn(2) ? damageField(request, chance) : mutate([body], chance);
  return Uint8Array.from([chance.oneIn(8) ? 1 : 0, ...damaged]);
}

function damageField(request: Uint8Array, chance: Chance): Uint8Array {
  const fields = fieldsOf(request);
  const chosen = chance.below(fields.length);
  const values = fields.map(({ value }) => value);
  const changed = fields.map((field, i) => (i === chosen ? { ...field, value: mutate(values, chance) } : field));
  return bodyOf(request[1] as number, changed);
}

async function runOne({ world, peer, request }: Halted, input: Uint8Array): Promise<boolean> {
  const type = request[1] as number;
  const key = peer.channel._key;
  const body = Uint8Array.from([...input.subarray(1), ...new Uint8Array(MAC_BYTES)]);
  const sent = input[0] === 1 ? body : reseal(body, key, Label.Up, EMPTY);
  const { status, bytes } = await answered(world, world.post(type, sent));
  if (status === 403) {
    must(bytes.length === 0, "403 says something");
    return false;
  }
  must(status === 200, `it is answered by ${status}`);
  must(isWellFormed(bytes) && macIsRight(prf, key, Label.Down, macOf(sent), bytes), "an answer is not proved");
  must(bytes[1] === type + 1 || bytes[1] === MessageType.Refusal, `message ${type} is answered by ${bytes[1]}`);
  return true;
}

/** A poll with nothing to say is held: time goes on until it is let go. */
async function answered(world: Halted["world"], reply: Promise<Reply>): Promise<Reply> {
  let done = false;
  const finish = (): void => void (done = true);
  reply.then(finish, finish);
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    await settle();
    if (done) return reply;
    if (world.server.parked) await world.server.clock.advance(HOLD_MS);
  }
  must(false, "it is never answered");
}
