// SPDX-License-Identifier: Apache-2.0
// The envelope: what the parser takes has rising tags that cover it all, and is believed under the right MAC only.
import { Channel } from "../../../firmware/core/protocol/channel.js";
import { Label, MessageType } from "../../../firmware/core/protocol/codes.js";
import { EMPTY } from "../../../firmware/core/protocol/bytes.js";
import {
  findField,
  isWellFormed,
  MAC_BYTES,
  macIsRight,
  MESSAGE_LIMIT_BYTES,
  sealMessage,
} from "../../../firmware/core/protocol/message.js";
import { hasItsFields } from "../../../server/conversation/shape.js";
import { digest } from "../../../hal/sim/digest.js";
import { labelled, prf } from "../../tools/wire.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus, sameBytes } from "../target.js";

const KEY = new Uint8Array(32).fill(0x4b);
const HIGHEST_TAG = 255;

/** The fields as docs/SPEC.md has them; undefined when this is no message. */
function parse(message: Buffer): (number | Uint8Array)[] | undefined {
  const end = message.length - MAC_BYTES;
  if (end < 2 || message.length > MESSAGE_LIMIT_BYTES || message[0] !== 1) return undefined;
  const fields: (number | Uint8Array)[] = [];
  let last = 0;
  for (let at = 2; at < end;) {
    if (end - at < 3 || (message[at] as number) <= last) return undefined;
    last = message[at] as number;
    const from = at + 3;
    at = from + message.readUInt16BE(at + 1);
    if (at > end) return undefined;
    fields.push(last, new Uint8Array(message.subarray(from, at)));
  }
  return fields;
}

function seal(input: Uint8Array, label: number): Uint8Array {
  const body = Buffer.from(input.subarray(0, Math.max(0, input.length - MAC_BYTES)));
  return new Uint8Array(Buffer.concat([body, prf(Buffer.from(KEY), labelled(label, body))]));
}

export const message: Target = {
  name: "message",
  weight: 20,
  open() {
    const corpus = readCorpus("message");
    const channel = new Channel(digest.prf, KEY);
    return {
      input(chance) {
        const damaged = mutate(corpus, chance);
        return chance.oneIn(3) ? damaged : seal(damaged, chance.oneIn(4) ? Label.Up : Label.Down);
      },
      run(input) {
        const fields = parse(Buffer.from(input));
        must(isWellFormed(input) === (fields !== undefined), "the parser and the specification disagree");
        const body = Buffer.from(input.subarray(0, Math.max(0, input.length - MAC_BYTES)));
        const isWhole = input.length >= 2 + MAC_BYTES;
        const isRight = (label: number): boolean =>
          isWhole && prf(Buffer.from(KEY), labelled(label, body)).equals(Buffer.from(input.subarray(-MAC_BYTES)));
        for (const label of [Label.Up, Label.Down])
          must(
            macIsRight(digest.prf, KEY, label, EMPTY, input) === isRight(label),
            "a MAC is taken for what it is not",
          );
        channel._type = MessageType.Hello;
        const isAnswer = input[1] === MessageType.Welcome || input[1] === MessageType.Refusal;
        must(
          channel.accepts(input) === (fields !== undefined && isAnswer && isRight(Label.Down)),
          "it is believed wrongly",
        );
        if (!fields) return false;
        hasItsFields(input);
        const found = new Map<number, Uint8Array>();
        for (let i = 0; i < fields.length; i += 2) found.set(fields[i] as number, fields[i + 1] as Uint8Array);
        for (let tag = 0; tag <= HIGHEST_TAG; tag++) {
          const [value, expected] = [findField(input, tag), found.get(tag)];
          must(value && expected ? sameBytes(value, expected) : value === expected, `field ${tag} is read wrongly`);
        }
        const again = sealMessage(digest.prf, KEY, Label.Up, EMPTY, input[1] as number, fields);
        must(sameBytes(again.subarray(0, body.length), body), "an accepted message is written otherwise");
        return true;
      },
    };
  },
};
