// SPDX-License-Identifier: Apache-2.0
// What proves something is compared in the same time wherever it differs: by Node's own call on the server, byte by byte on a board.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { EMPTY, equalBytes } from "../../firmware/core/protocol/bytes.js";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { macIsRight, macOf, sealMessage } from "../../firmware/core/protocol/message.js";
import { prf, reasonOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const MAC_BYTES = 32;
const KEY = new Uint8Array(32).fill(3);

/** The same bytes, and how often one was looked at. */
function counted(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly reads: () => number } {
  let reads = 0;
  const bytesAsSeen = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === "string" && /^\d+$/.test(name)) reads++;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { bytes: bytesAsSeen, reads: () => reads };
}

describe("on a board, a MAC", () => {
  const request = sealMessage(prf, KEY, 1, EMPTY, MessageType.Results, []);
  const changedAt = (message: Uint8Array, at: number) => message.map((byte, i) => (i === at ? byte ^ 0x10 : byte));

  it("is looked at whole by equalBytes, wherever it differs", () => {
    const mac = macOf(request);
    for (let at = 0; at < MAC_BYTES; at++) {
      const { bytes, reads } = counted(mac);
      assert.equal(equalBytes(bytes, changedAt(mac, at)), false);
      assert.equal(reads(), MAC_BYTES);
    }
    assert.equal(equalBytes(mac, mac.slice()), true);
    assert.equal(equalBytes(mac, mac.slice(1)), false);
  });

  it("is looked at whole by macIsRight and by a channel, wherever it differs", () => {
    for (let at = request.length - MAC_BYTES; at <= request.length; at++) {
      let computed = counted(EMPTY);
      const counting = (key: Uint8Array, message: Uint8Array) => (computed = counted(prf(key, message))).bytes;
      assert.equal(macIsRight(counting, KEY, 1, EMPTY, changedAt(request, at)), at === request.length);
      assert.equal(computed.reads(), MAC_BYTES);
    }
    const channel = new Channel(prf, KEY);
    const { lastMac } = (channel.request(MessageType.Results, []), channel);
    const answer = sealMessage(prf, KEY, 2, lastMac, MessageType.ResultsKept, []);
    for (let at = answer.length - MAC_BYTES; at <= answer.length; at++) {
      let computed = counted(EMPTY);
      channel._prf = (key, message) => (computed = counted(prf(key, message))).bytes;
      assert.equal(channel.accepts(changedAt(answer, at)), at === answer.length);
      assert.equal(computed.reads(), MAC_BYTES);
    }
  });
});

describe("on the server, what proves something", () => {
  const { timingSafeEqual } = crypto;
  const compared: string[] = [];
  let server: TestServer;

  before(() => {
    crypto.timingSafeEqual = (a, b) => {
      const same = timingSafeEqual(a, b);
      compared.push(`${a.byteLength} ${same}`);
      return same;
    };
    syncBuiltinESMExports();
  });
  after(() => {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  });
  beforeEach(async () => void (server = await TestServer.open()));
  afterEach(() => server.close());

  const during = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    compared.length = 0;
    return work();
  };

  it("is a MAC of every type of message, compared by timingSafeEqual", async () => {
    const fixture = await TestFixture.add(server);
    const device = TestDevice.make(server);
    const token = await during(() => fixture.light());
    assert.deepEqual(compared, ["32 true"]);
    for (const step of [
      () => device.hello(token),
      () => device.results(),
      () => device.poll(Uint8Array.of(0, 0, 0, 1, 1, 97, 0, 1, 49)),
      () => device.bless(),
      () => device.acknowledge(),
      () => device.prove(),
    ]) {
      await during(step);
      assert.ok(compared.length >= 1 && compared.every((one) => one === "32 true"), compared.join());
    }
  });

  it("is refused for a wrong bit anywhere in a MAC", async () => {
    const fixture = await TestFixture.add(server);
    await fixture.light();
    for (let at = 1; at <= MAC_BYTES; at++) {
      const forged = fixture.request.slice();
      forged[forged.length - at]! ^= 1;
      const { status } = await during(() => server.post(MessageType.TokenRequest, forged));
      assert.deepEqual([status, compared], [403, ["32 false"]]);
    }
  });

  it("is a blessed unit's proof of its key, and the digest of results", async () => {
    const fixture = await TestFixture.add(server);
    const device = TestDevice.make(server);
    await device.live(await fixture.light());
    device.deviceKey = device.deviceKey?.map((byte) => byte ^ 1);
    const refused = await during(async () => device.hello(await fixture.light()));
    assert.equal(reasonOf(refused), RefusalReason.AlreadyBlessed);
    assert.ok(compared.includes("32 false"));

    const other = TestDevice.make(server, 2);
    await other.hello(await fixture.light());
    await other.results();
    const fields = [...other.head(), Tag.ResultsDigest, new Uint8Array(32), Tag.Verdict, Uint8Array.of(1)];
    const answer = await during(() => other.send(MessageType.Bless, fields));
    assert.equal(reasonOf(answer), RefusalReason.Conflict);
    assert.deepEqual(compared, ["32 true", "32 false"]);
  });

  it("is compared in no other way", () => {
    const files = readdirSync(join(ROOT, "server"), { recursive: true }).map(String);
    for (const file of files.filter((name) => name.endsWith(".ts")))
      assert.doesNotMatch(
        readFileSync(join(ROOT, "server", file), "utf8"),
        /equalBytes|macIsRight|Buffer\.compare|\.equals\(/,
        file,
      );
  });
});
