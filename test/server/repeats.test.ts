// SPDX-License-Identifier: Apache-2.0
// Messages lost, doubled and late, and a server that goes away between any two of them.
import assert from "node:assert/strict";
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { settle, TestServer } from "../tools/test-server.js";

onEachDatabase("repeated messages", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
  });
  afterEach(() => server.close());

  it("each get the same answer, at once and much later, and change nothing", async () => {
    const sent: { request: Uint8Array; answer: Uint8Array }[] = [];
    const twice = async (peer: TestDevice | TestFixture, answer: Uint8Array): Promise<void> => {
      assert.deepEqual(await peer.repeat(), answer, `message ${peer.request[1]}`);
      sent.push({ request: peer.request, answer });
    };
    const seed = await fixture.send(MessageType.TokenRequest, fixture.tokenFields());
    await twice(fixture, seed);
    await twice(device, await device.hello(fixture.tokenIn(seed)));
    await twice(device, await device.results());
    await twice(device, await device.bless());
    await twice(device, await device.acknowledge());
    await twice(device, await device.prove());
    const unit = await server.admin.unit(device.name);
    const log = await server.admin.audit(device.name);
    for (const { request, answer } of sent)
      assert.deepEqual((await server.post(request[1] as number, request)).bytes, answer, `late message ${request[1]}`);
    assert.deepEqual(await server.admin.unit(device.name), unit);
    assert.deepEqual(await server.admin.audit(device.name), log);
    assert.deepEqual(
      unit.runs.map(({ attempts }) => attempts.length),
      [2],
    );
  });

  it("get the same refusal", async () => {
    await device.hello(await fixture.light());
    await device.results(device.batch(9));
    const refusal = await device.bless();
    assert.equal(refusal[1], MessageType.Refusal);
    assert.deepEqual(await device.repeat(), refusal);
    const { attempts, verdict } = (await server.admin.runs(device.name))[0] ?? {};
    assert.deepEqual([attempts?.length, verdict], [2, "failed"]);
  });

  it("get one answer when they come at the same time", async () => {
    await device.hello(await fixture.light());
    await device.results();
    const fields = device.channel.request(MessageType.Hello, device.helloFields());
    device.channel.rekey(device.root);
    const hello = device.channel.request(MessageType.Hello, device.helloFields());
    assert.notDeepEqual(fields, hello);
    const answers = await Promise.all([1, 2, 3, 4].map(() => server.post(MessageType.Hello, hello)));
    for (const { bytes } of answers) assert.deepEqual(bytes, answers[0]?.bytes);
  });

  it("of an old hello do not bring the old session back", async () => {
    await device.hello(await fixture.light());
    const old = device.request;
    await device.hello();
    await server.post(MessageType.Hello, old);
    assert.equal((await device.results())[1], MessageType.ResultsKept);
  });
});

onEachDatabase("a server that goes away", () => {
  const goneAfter = async (restartBefore: (message: number) => boolean): Promise<TestServer> => {
    const server = await TestServer.open();
    const fixture = await TestFixture.add(server);
    let message = 0;
    server.beforeMessage = async () => {
      if (restartBefore(++message)) await server.restart();
    };
    const device = TestDevice.make(server);
    assert.equal(await device.live(await fixture.light()), "PR-0001");
    const failed = TestDevice.make(server, 2);
    await failed.hello(await fixture.light());
    await failed.bless(0);
    await failed.proveFailed();
    assert.deepEqual(
      (await fixture.collect()).map(({ data }) => (data as { state: string }).state),
      ["dut", "blessing", "blessed", "shippable", "dut", "failed"],
    );
    assert.deepEqual(
      (await server.admin.units()).map(({ state, serial }) => [state, serial]),
      [
        ["shippable", "PR-0001"],
        ["failed", null],
      ],
    );
    assert.deepEqual(await server.admin.verifyAudit(), []);
    return server;
  };

  it("goes on where it was, restarted between every two messages", async () => {
    await (await goneAfter(() => true)).close();
  });

  for (let lost = 1; lost <= 6; lost++)
    it(`answers message ${lost} the same after its answer was lost in a restart`, async () => {
      const server = await TestServer.open();
      const fixture = await TestFixture.add(server);
      const { post } = server;
      let message = 0;
      server.post = async (type, bytes) => {
        const first = await post.call(server, type, bytes);
        if (++message !== lost) return first;
        await server.restart();
        const second = await post.call(server, type, bytes);
        assert.deepEqual(second, first);
        return second;
      };
      const device = TestDevice.make(server);
      assert.equal(await device.live(await fixture.light()), "PR-0001");
      assert.equal((await server.admin.units())[0]?.state, "shippable");
      await server.close();
    });

  it("ends held polls and finishes what is under way", async () => {
    const server = await TestServer.open();
    const fixture = await TestFixture.add(server);
    await fixture.poll();
    const held = fixture.poll();
    await settle();
    assert.equal(server.parked, 1);
    await server.stop();
    assert.equal((await held)[1], MessageType.Messages);
    assert.equal(server.parked, 0);
    await server.close();
  });

  it("sweeps up on its return what time did meanwhile", async () => {
    const server = await TestServer.open();
    const device = TestDevice.make(server);
    await device.hello(await (await TestFixture.add(server)).light());
    await device.results();
    await device.bless();
    await device.acknowledge();
    await server.stop();
    await server.clock.advance(61_000);
    await server.start();
    assert.equal((await server.admin.unit(device.name)).state, "re-seat");
    await server.close();
  });
});
