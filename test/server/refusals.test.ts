// SPDX-License-Identifier: Apache-2.0
// What the server refuses, and what it does not even answer.
import assert from "node:assert/strict";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { macIsRight } from "../../firmware/core/protocol/message.js";
import { counterOf, encodeItems, prf, reasonOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

/** The longest that a frame may be on air, and more. */
const AIR_MS = 60_000;

onEachDatabase("what is refused", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
  });
  afterEach(() => server.close());

  const stateOf = async (unit: TestDevice): Promise<string> => (await server.admin.unit(unit.name)).state;

  describe("tokens", () => {
    it("counts a token's time up to the first hello, by the server's clock", async () => {
      const token = await fixture.light();
      await server.clock.advance(PRODUCT.tokenS * 1000 - 1);
      assert.equal((await device.hello(token))[1], MessageType.Welcome);
      await server.clock.advance(PRODUCT.tokenS * 1000 + AIR_MS);
      assert.equal((await device.hello())[1], MessageType.Welcome, "the run has its own lease");
    });

    it("refuses a late one, and has then seen the device", async () => {
      const token = await fixture.light();
      await server.clock.advance(PRODUCT.tokenS * 1000 + AIR_MS);
      assert.equal(reasonOf(await device.hello(token)), RefusalReason.Expired);
      assert.equal(await stateOf(device), "seen");
    });

    it("spends nothing on a wrong MAC", async () => {
      const token = await fixture.light();
      device.token = token;
      device.channel.rekey(new Uint8Array(16));
      assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
      const other = TestDevice.make(server, 2);
      assert.equal((await other.hello(token))[1], MessageType.Welcome);
    });

    it("stops both devices that read one light, and what either repeats", async () => {
      const token = await fixture.light();
      const other = TestDevice.make(server, 2);
      await device.hello(token);
      await device.results();
      const results = device.request;
      assert.equal(reasonOf(await other.hello(token)), RefusalReason.Crosstalk);
      assert.equal(reasonOf(await other.hello()), RefusalReason.Crosstalk);
      assert.equal(reasonOf(await device.bless()), RefusalReason.Crosstalk);
      assert.equal(reasonOf((await server.post(MessageType.Results, results)).bytes), RefusalReason.Crosstalk);
      assert.equal(reasonOf(await device.poll()), RefusalReason.Crosstalk);
      assert.equal(reasonOf(await device.hello()), RefusalReason.Crosstalk);
      assert.equal(reasonOf((await server.post(MessageType.Hello, device.request)).bytes), RefusalReason.Crosstalk);
      assert.deepEqual([await stateOf(device), await stateOf(other)], ["failed", "failed"]);
      const told = (await fixture.collect()).map(({ data }) => data as { deviceId: string; state: string });
      assert.deepEqual(
        told.filter(({ state }) => state === "failed").map(({ deviceId }) => deviceId),
        [device.name, other.name],
      );
      assert.ok((await server.events(other.name)).includes("alarm: crosstalk"));
    });

    it("stops a blessing by crosstalk until fresh light", async () => {
      const token = await fixture.light();
      await device.hello(token);
      await device.results();
      await device.bless();
      await TestDevice.make(server, 2).hello(token);
      assert.equal(reasonOf(await device.acknowledge()), RefusalReason.Crosstalk);
      assert.equal(await stateOf(device), "failed");
      await device.hello(await fixture.light());
      assert.equal((await device.acknowledge())[1], MessageType.Acknowledged);
      assert.equal(await stateOf(device), "blessed");
    });

    it("leaves a shippable unit what it is when a neighbour comes late with its light", async () => {
      const token = await fixture.light();
      await device.live(token);
      assert.equal(reasonOf(await TestDevice.make(server, 2).hello(token)), RefusalReason.Crosstalk);
      assert.equal(await stateOf(device), "shippable");
    });
  });

  describe("sessions", () => {
    beforeEach(async () => void (await device.hello(await fixture.light())));

    it("end with the lease", async () => {
      await server.clock.advance(PRODUCT.leaseS * 1000 + 1);
      assert.equal(reasonOf(await device.results()), RefusalReason.Expired);
      assert.equal(reasonOf(await device.hello()), RefusalReason.Expired);
    });

    it("end with the next one; results of the earlier stay", async () => {
      await device.results();
      const { session, sessionKey } = device;
      await device.hello();
      assert.notDeepEqual(device.session, session);
      const late = new TestDevice(server, device.id);
      late.session = session;
      late.sessionKey = sessionKey;
      late.channel.rekey(sessionKey);
      late.head();
      assert.equal(reasonOf(await late.results()), RefusalReason.State);
      await device.results();
      assert.equal((await device.bless())[1], MessageType.Grant);
      const [run] = await server.admin.runs(device.name);
      assert.equal(run?.attempts.length, 4);
    });

    it("take a counter once: other contents are an alarm, and change nothing", async () => {
      await device.results();
      const fields = [Tag.SessionId, device.session, Tag.Counter, counterOf(0, 1), Tag.Batch, device.batch(3.5)];
      assert.equal(reasonOf(await device.send(MessageType.Results, fields)), RefusalReason.Conflict);
      assert.ok((await server.events(device.name)).includes("alarm: counter with other contents"));
      assert.equal((await device.bless())[1], MessageType.Grant);
    });

    it("take no counter that is behind", async () => {
      await device.results();
      await device.poll(encodeItems(1, "hi"));
      const fields = [Tag.SessionId, device.session, Tag.Counter, counterOf(0, 1), Tag.Batch, device.batch(3.4)];
      assert.equal(reasonOf(await device.send(MessageType.Results, fields)), RefusalReason.Conflict);
      assert.ok((await server.events(device.name)).includes("alarm: counter replayed"));
    });

    it("bless no results but those that the server has", async () => {
      const batch = device.batch();
      await device.results(batch);
      const fields = [...device.head(), Tag.ResultsDigest, new Uint8Array(32), Tag.Verdict, Uint8Array.of(1)];
      assert.equal(reasonOf(await device.send(MessageType.Bless, fields)), RefusalReason.Conflict);
      assert.equal(await stateOf(device), "failed");
    });

    it("take no batch that is malformed or that no phase closes", async () => {
      for (const cut of [1, 4]) {
        const batch = device.batch();
        assert.equal(reasonOf(await device.results(batch.slice(0, batch.length - cut))), RefusalReason.State);
      }
      const open = device.batch().slice(0, 17); // the supply's measurement alone
      assert.equal(reasonOf(await device.results(open)), RefusalReason.State);
    });

    it("fail for good: no blessing after a failure in the same run", async () => {
      await device.results();
      await device.bless(0);
      assert.equal(reasonOf(await device.bless(1)), RefusalReason.State);
      assert.equal(await stateOf(device), "failed");
    });

    it("take an acknowledgement for the granted serial number only", async () => {
      await device.results();
      await device.bless();
      device.serial = "PR-0009";
      assert.equal(reasonOf(await device.acknowledge()), RefusalReason.State);
      assert.equal(await stateOf(device), "blessing");
    });

    it("count a wipe in mid-run as a failed run", async () => {
      assert.equal((await device.proveFailed())[1], MessageType.Receipt);
      assert.equal(await stateOf(device), "failed");
    });
  });

  describe("fixtures", () => {
    it("must raise their counter, over restarts too", async () => {
      for (const slot of [1, 2]) await fixture.light(slot);
      const refused = async (): Promise<void> => {
        assert.equal(
          reasonOf(await fixture.send(MessageType.TokenRequest, fixture.tokenFields(3))),
          RefusalReason.Conflict,
        );
      };
      fixture.number = 0;
      await refused();
      assert.ok((await server.events(fixture.name)).includes("alarm: counter replayed"));
      fixture.boot = 2;
      await fixture.light();
      fixture.boot = 1;
      fixture.number = 99;
      await refused();
    });

    it("that are revoked are nobody, and so is the light that no device took up", async () => {
      const token = await fixture.light();
      await server.admin.revokeFixture(fixture.name);
      assert.deepEqual(await server.admin.fixtures(), [
        { id: fixture.name, product: "probe", group: "fixture", revoked: true },
      ]);
      assert.equal(await fixture.sendUnproved(MessageType.TokenRequest, fixture.tokenFields()), 403);
      assert.equal(await server.lastStranger(), "fixture revoked");
      assert.equal(reasonOf(await device.hello(token)), RefusalReason.Expired);
    });
  });
});

onEachDatabase("what is not proved", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;
  /** Every kind of request, each right. */
  const requests: { readonly name: string; readonly bytes: Uint8Array }[] = [];

  before(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    const keep = (name: string, { request }: { request: Uint8Array }): number =>
      requests.push({ name, bytes: request });
    await fixture.poll();
    keep("Poll of a fixture", fixture);
    const token = await fixture.light();
    keep("TokenRequest", fixture);
    await device.hello(token);
    keep("Hello", device);
    await device.results();
    keep("Results", device);
    await device.poll(encodeItems(1, "hi"));
    keep("Poll", device);
    await device.bless();
    keep("Bless", device);
    await device.acknowledge();
    keep("Acknowledge", device);
    await device.prove();
    keep("Proof", device);
    device.token = new Uint8Array(0);
    await device.hello();
    keep("Hello by the device's key", device);
    const failed = TestDevice.make(server, 2);
    await failed.hello(await fixture.light());
    await failed.bless(0);
    await failed.proveFailed();
    keep("Proof of a failed unit", failed);
  });
  after(() => server.close());

  it("covers every request", () => {
    const types = new Set(requests.map(({ bytes }) => bytes[1]));
    assert.deepEqual(
      [...types].sort((a, b) => Number(a) - Number(b)),
      [1, 3, 5, 7, 9, 11, 13],
    );
  });

  it("gets 403 and nothing else for a flipped bit anywhere in any message", async () => {
    for (const { name, bytes } of requests) {
      for (let bit = bytes.length % 7; bit < bytes.length * 8; bit += 37) {
        const forged = bytes.slice();
        forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
        const answer = await server.post(bytes[1] as number, forged);
        assert.deepEqual([answer.status, answer.bytes.length], [403, 0], `${name}, bit ${bit}`);
      }
    }
  });

  it("gets the same for every cut, an empty body, another path, and too much", async () => {
    for (const { name, bytes } of requests)
      for (let length = 0; length < bytes.length; length += 11) {
        const answer = await server.post(bytes[1] as number, bytes.slice(0, length));
        assert.deepEqual([answer.status, answer.bytes.length], [403, 0], `${name}, ${length} bytes`);
      }
    const hello = requests[2]?.bytes as Uint8Array;
    for (const type of [1, 4, 15, 16, 255, 0, 1000])
      assert.equal((await server.post(type, hello)).status, 403, `as message ${type}`);
    const long = await server.post(3, new Uint8Array(5000));
    assert.deepEqual([long.status, long.bytes.length], [403, 0]);
  });

  it("gets the same for another content type", async () => {
    for (const type of ["application/json", "text/plain"]) {
      const answer = await server.http.inject({
        method: "POST",
        url: "/v1/messages/3",
        headers: { "content-type": type },
        payload: "{}",
      });
      assert.deepEqual([answer.statusCode, answer.rawPayload.length], [403, 0]);
    }
  });

  it("is told apart in the log, with no flood from a stranger", async () => {
    await server.clock.advance(120_000);
    const why = async (type: number, bytes: Uint8Array): Promise<string> => {
      await server.post(type, bytes);
      return server.lastStranger();
    };
    const hello = (requests[2]?.bytes as Uint8Array).slice();
    assert.equal(await why(3, hello.slice(1)), "malformed");
    hello[6] = (hello[6] as number) ^ 1; // in the token id
    assert.equal(await why(3, hello), "unknown token");
    const results = (requests[3]?.bytes as Uint8Array).slice();
    results[results.length - 1] = (results[results.length - 1] as number) ^ 1;
    assert.equal(await why(5, results), "wrong MAC");
    results[6] = (results[6] as number) ^ 1; // in the session id
    assert.equal(await why(5, results), "unknown session");
    for (let i = 0; i < 300; i++) await server.post(5, results);
    const before = (await server.admin.audit("strangers")).length;
    for (let i = 0; i < 50; i++) await server.post(5, results);
    assert.equal((await server.admin.audit("strangers")).length, before);
    await server.clock.advance(60_000);
    await server.post(5, results);
    const last = JSON.parse((await server.admin.audit("strangers")).at(-1)?.detail ?? "{}") as { unlogged: number };
    assert.equal(last.unlogged, 254);
    assert.deepEqual(await server.admin.verifyAudit(), []);
  });

  it("cannot be passed off as the answer to another request", async () => {
    const first = TestDevice.make(server, 3);
    await first.hello(await fixture.light());
    const answer = await first.results();
    const mac = first.channel.lastMac;
    assert.ok(macIsRight(prf, first.sessionKey, 2, mac, answer));
    await first.bless();
    assert.ok(!first.channel.accepts(answer));
  });
});
