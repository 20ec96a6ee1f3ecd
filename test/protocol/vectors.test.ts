// SPDX-License-Identifier: Apache-2.0
// docs/SPEC.md, an independent implementation and the firmware's code say the same bytes.
import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { asciiBytes, EMPTY } from "../../firmware/core/protocol/bytes.js";
import { Label, MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { encodeItem } from "../../firmware/core/protocol/items.js";
import {
  deviceKeyOf,
  digestOf,
  keyHashOf,
  keyProofOf,
  sealBytes,
  sessionKeyOf,
  tokenIdOf,
  tokenOf,
} from "../../firmware/core/protocol/keys.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { findField, isWellFormed, macOf, sealMessage } from "../../firmware/core/protocol/message.js";
import { ResultsWriter } from "../../firmware/core/protocol/results.js";
import { lifeVectors } from "../tools/wire.js";

const prf = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(pbkdf2Sync(key, message, 1, 32, "sha256"));
const vectors = new Map(lifeVectors().map(({ name, bytes }) => [name, new Uint8Array(bytes)]));
const get = (name: string): Uint8Array => vectors.get(name) as Uint8Array;
const field = (name: string, tag: Tag): Uint8Array => findField(get(name), tag) as Uint8Array;
const counter = (n: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, n);

function answer(key: string, type: MessageType, request: string, fields: Fields): Uint8Array {
  return sealMessage(prf, get(key), Label.Down, macOf(get(request)), type, fields);
}
const ask = (key: string, type: MessageType, fields: Fields): Uint8Array =>
  new Channel(prf, get(key)).request(type, fields);
const session = (n: number): Fields => [Tag.SessionId, get("SessionId"), Tag.Counter, counter(n)];

/** Each vector again, by the firmware's code. */
const ours: { [name: string]: () => Uint8Array } = {
  T: () => tokenOf(prf, get("Kf"), get("TokenSeed")),
  TokenId: () => tokenIdOf(prf, get("T")),
  Sealed: () => sealBytes(prf, get("Kf"), get("ServerNonce"), asciiBytes("\x01\x04line\x06\x09password1")),
  Ks: () => sessionKeyOf(prf, get("T"), macOf(get("Hello")), get("ServerNonce")),
  ResultsDigest: () => digestOf(prf, new Uint8Array(32), get("Batch")),
  Kd: () => deviceKeyOf(prf, get("Ks"), field("Grant", Tag.Salt), field("Grant", Tag.Serial)),
  KeyProof: () => keyProofOf(prf, get("Kd"), get("TokenId"), get("DeviceNonce")),
  KeyHash: () => keyHashOf(prf, get("Kd")),
  Batch: () => {
    const writer = new ResultsWriter();
    writer.measurement("supply", 3.3);
    writer.phase("supply", 0, 1);
    return writer.take();
  },
  TokenRequest: () =>
    ask("Kf", MessageType.TokenRequest, [
      Tag.FixtureId,
      get("FixtureId"),
      Tag.Counter,
      Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 1),
      Tag.Slot,
      Uint8Array.of(1),
    ]),
  TokenGrant: () =>
    answer("Kf", MessageType.TokenGrant, "TokenRequest", [
      Tag.TokenSeed,
      get("TokenSeed"),
      Tag.ServerNonce,
      get("ServerNonce"),
      Tag.Sealed,
      get("Sealed"),
    ]),
  Hello: () =>
    ask("T", MessageType.Hello, [
      Tag.TokenId,
      get("TokenId"),
      Tag.DeviceId,
      get("DeviceId"),
      Tag.StageHash,
      field("Hello", Tag.StageHash),
      Tag.DeviceNonce,
      get("DeviceNonce"),
    ]),
  Welcome: () =>
    answer("T", MessageType.Welcome, "Hello", [
      Tag.SessionId,
      get("SessionId"),
      Tag.ServerNonce,
      get("ServerNonce"),
      Tag.ConfigParams,
      asciiBytes('{"deviceid":"000030aea4001122"}'),
    ]),
  Results: () => ask("Ks", MessageType.Results, [...session(1), Tag.Batch, get("Batch")]),
  ResultsKept: () => answer("Ks", MessageType.ResultsKept, "Results", []),
  Bless: () =>
    ask("Ks", MessageType.Bless, [
      ...session(2),
      Tag.ResultsDigest,
      get("ResultsDigest"),
      Tag.Verdict,
      Uint8Array.of(1),
    ]),
  Grant: () =>
    answer("Ks", MessageType.Grant, "Bless", [
      Tag.Serial,
      asciiBytes("HS-000001"),
      Tag.Salt,
      field("Grant", Tag.Salt),
      Tag.Record,
      asciiBytes("{}"),
      Tag.Signature,
      field("Grant", Tag.Signature),
    ]),
  Acknowledge: () =>
    ask("Kd", MessageType.Acknowledge, [Tag.SessionId, get("SessionId"), Tag.Serial, asciiBytes("HS-000001")]),
  Acknowledged: () =>
    answer("Kd", MessageType.Acknowledged, "Acknowledge", [Tag.WipeNonce, field("Acknowledged", Tag.WipeNonce)]),
  Proof: () =>
    ask("Kd", MessageType.Proof, [
      Tag.DeviceId,
      get("DeviceId"),
      Tag.WipeNonce,
      field("Proof", Tag.WipeNonce),
      Tag.WipeOutcome,
      Uint8Array.of(1),
    ]),
  Receipt: () => answer("Kd", MessageType.Receipt, "Proof", []),
  Poll: () =>
    ask("Ks", MessageType.Poll, [
      ...session(3),
      Tag.Items,
      encodeItem(1, "log", '"hi"'),
      Tag.LastItem,
      new Uint8Array(4),
    ]),
  Messages: () => answer("Ks", MessageType.Messages, "Poll", [Tag.Items, encodeItem(1, "log", '"hi"')]),
  Refusal: () => answer("Ks", MessageType.Refusal, "Bless", [Tag.Reason, Uint8Array.of(3)]),
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("the wire's vectors", () => {
  const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");
  const printed = new Map([...spec.matchAll(/^\| `(\w+)` \| `([0-9a-f]+)` \|$/gm)].map((row) => [row[1], row[2]]));

  for (const [name, bytes] of vectors) {
    it(`SPEC.md prints ${name} as the independent implementation makes it`, () => {
      assert.equal(printed.get(name), hex(bytes));
    });
  }
  for (const [name, make] of Object.entries(ours)) {
    it(`the firmware's code makes ${name}`, () => {
      assert.equal(hex(make()), hex(get(name)));
    });
  }
});

describe("the envelope", () => {
  const hello = get("Hello");

  it("is accepted only as the answer to the request that was sent", () => {
    const channel = new Channel(prf, get("T"));
    channel.request(MessageType.Hello, []);
    assert.equal(channel.accepts(get("Welcome")), false);
    channel.lastMac = macOf(hello);
    assert.equal(channel.accepts(get("Welcome")), true);
    assert.equal(channel.accepts(get("Receipt")), false);
  });

  it("refuses every single-bit flip of a welcome", () => {
    const channel = new Channel(prf, get("T"));
    channel.request(MessageType.Hello, []);
    channel.lastMac = macOf(hello);
    const welcome = get("Welcome");
    for (let bit = 0; bit < welcome.length * 8; bit++) {
      const flipped = welcome.slice();
      flipped[bit >> 3]! ^= 0x80 >> (bit & 7);
      assert.equal(channel.accepts(flipped), false, `bit ${bit}`);
    }
  });

  it("is malformed when cut anywhere but at the end of a field", () => {
    for (let length = 0; length < hello.length; length++) {
      const cut = Uint8Array.of(...hello.subarray(0, length), ...new Uint8Array(32));
      const atFieldEnd = [2, 13, 24, 35, 54].includes(length);
      assert.equal(isWellFormed(cut), atFieldEnd, `length ${length}`);
    }
  });

  it("is malformed with a tag twice, with falling tags, another version or too many bytes", () => {
    const make = (fields: Fields): Uint8Array => ask("T", MessageType.Hello, fields);
    const id = get("DeviceId");
    assert.equal(isWellFormed(make([Tag.DeviceId, id, Tag.DeviceId, id])), false);
    assert.equal(isWellFormed(make([Tag.DeviceId, id, Tag.TokenId, id])), false);
    assert.equal(isWellFormed(Uint8Array.of(2, ...hello.subarray(1))), false);
    assert.equal(isWellFormed(make([Tag.Batch, new Uint8Array(4097)])), false);
    assert.equal(isWellFormed(EMPTY), false);
  });
});
