// SPDX-License-Identifier: Apache-2.0
// The wire once more, from docs/SPEC.md alone, on node:crypto: shares no code with the firmware or the server.
import { createHmac } from "node:crypto";

const TAGS = [
  "",
  "FixtureId",
  "TokenId",
  "DeviceId",
  "SessionId",
  "Counter",
  "Slot",
  "TokenSeed",
  "StageHash",
  "DeviceNonce",
  "ServerNonce",
  "KeyProof",
  "Sealed",
  "ConfigParams",
  "Batch",
  "ResultsDigest",
  "Verdict",
  "Serial",
  "Salt",
  "Record",
  "Signature",
  "WipeNonce",
  "WipeOutcome",
  "Reason",
  "Items",
  "LastItem",
];

export function prf(key: Buffer, message: Buffer): Buffer {
  return createHmac("sha256", key)
    .update(message)
    .update(Buffer.from([0, 0, 0, 1]))
    .digest();
}

export function labelled(label: number, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([label]), ...parts]);
}

/** A message with its MAC; `requestMac` makes it an answer. */
export function message(
  type: number,
  fields: { readonly [tag: string]: Buffer },
  key: Buffer,
  requestMac?: Buffer,
): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => {
    const header = Buffer.alloc(3);
    header.writeUInt8(TAGS.indexOf(name), 0);
    header.writeUInt16BE(value.length, 1);
    return Buffer.concat([header, value]);
  });
  const body = Buffer.concat([Buffer.from([1, type]), ...parts]);
  return Buffer.concat([body, prf(key, labelled(requestMac ? 2 : 1, requestMac ?? Buffer.alloc(0), body))]);
}

export const macOf = (sealed: Buffer): Buffer => sealed.subarray(-32);

export interface WireVector {
  readonly name: string;
  readonly bytes: Buffer;
}

const bytes = (first: number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => (first + i) & 255));
const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

/** Every value and message of one unit's life, from fixed inputs. */
export function lifeVectors(): WireVector[] {
  const vectors: WireVector[] = [];
  const put = (name: string, value: Buffer): Buffer => {
    vectors.push({ name, bytes: value });
    return value;
  };
  const fixtureKey = put("Kf", bytes(0, 32));
  const FixtureId = put("FixtureId", bytes(0xf0, 8));
  const seed = put("TokenSeed", bytes(0x10, 16));
  const DeviceId = put("DeviceId", Buffer.from("000030aea4001122", "hex"));
  const deviceNonce = put("DeviceNonce", bytes(0x20, 16));
  const serverNonce = put("ServerNonce", bytes(0x40, 16));
  const SessionId = put("SessionId", bytes(0x50, 8));
  const counter = (n: number): Buffer => Buffer.from([0, 0, 0, 0, 0, 0, 0, n]);

  const request = put(
    "TokenRequest",
    message(1, { FixtureId, Counter: Buffer.from([0, 0, 0, 7, 0, 0, 0, 1]), Slot: Buffer.from([1]) }, fixtureKey),
  );
  const entries = Buffer.concat([Buffer.from([1, 4]), ascii("line"), Buffer.from([6, 9]), ascii("password1")]);
  const stream = prf(fixtureKey, labelled(8, serverNonce, Buffer.from([0])));
  const sealed = put("Sealed", Buffer.from(entries.map((byte, i) => byte ^ (stream[i] as number))));
  put(
    "TokenGrant",
    message(2, { TokenSeed: seed, ServerNonce: serverNonce, Sealed: sealed }, fixtureKey, macOf(request)),
  );
  const token = put("T", prf(fixtureKey, labelled(3, seed)).subarray(0, 16));
  const tokenId = put("TokenId", prf(token, labelled(4)).subarray(0, 8));
  const hello = put(
    "Hello",
    message(3, { TokenId: tokenId, DeviceId, StageHash: bytes(0x60, 8), DeviceNonce: deviceNonce }, token),
  );
  const params = ascii('{"deviceid":"000030aea4001122"}');
  put("Welcome", message(4, { SessionId, ServerNonce: serverNonce, ConfigParams: params }, token, macOf(hello)));
  const session = put("Ks", prf(token, labelled(5, macOf(hello), serverNonce)));
  const value = Buffer.alloc(8);
  value.writeDoubleLE(3.3);
  const supply = ascii("supply");
  const Batch = put(
    "Batch",
    Buffer.concat([Buffer.from([1, 6]), supply, value, Buffer.from([2, 6]), supply, Buffer.from([0, 1])]),
  );
  const results = put("Results", message(5, { SessionId, Counter: counter(1), Batch }, session));
  put("ResultsKept", message(6, {}, session, macOf(results)));
  const digest = put("ResultsDigest", prf(Buffer.alloc(32), labelled(9, Batch)));
  const bless = put(
    "Bless",
    message(7, { SessionId, Counter: counter(2), ResultsDigest: digest, Verdict: Buffer.from([1]) }, session),
  );
  const Serial = ascii("HS-000001");
  const salt = bytes(0x70, 16);
  put(
    "Grant",
    message(8, { Serial, Salt: salt, Record: ascii("{}"), Signature: bytes(0x80, 64) }, session, macOf(bless)),
  );
  const deviceKey = put("Kd", prf(session, labelled(6, salt, Serial)));
  put("KeyProof", prf(deviceKey, labelled(7, tokenId, deviceNonce)));
  put("KeyHash", prf(deviceKey, labelled(10)));
  const acknowledge = put("Acknowledge", message(9, { SessionId, Serial }, deviceKey));
  const wipeNonce = bytes(0x90, 16);
  put("Acknowledged", message(10, { WipeNonce: wipeNonce }, deviceKey, macOf(acknowledge)));
  const proof = put("Proof", message(11, { DeviceId, WipeNonce: wipeNonce, WipeOutcome: Buffer.from([1]) }, deviceKey));
  put("Receipt", message(12, {}, deviceKey, macOf(proof)));
  const item = Buffer.concat([Buffer.from([0, 0, 0, 1, 3]), ascii("log"), Buffer.from([0, 4]), ascii('"hi"')]);
  const poll = put(
    "Poll",
    message(13, { SessionId, Counter: counter(3), Items: item, LastItem: Buffer.alloc(4) }, session),
  );
  put("Messages", message(14, { Items: item }, session, macOf(poll)));
  put("Refusal", message(16, { Reason: Buffer.from([3]) }, session, macOf(bless)));
  return vectors;
}
