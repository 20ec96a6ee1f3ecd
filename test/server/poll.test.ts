// SPDX-License-Identifier: Apache-2.0
// The long poll and its items: each once, in order, as soon as there are any.
import assert from "node:assert/strict";
import { asciiText } from "../../firmware/core/protocol/bytes.js";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { encodeItem } from "../../firmware/core/protocol/items.js";
import { findField } from "../../firmware/core/protocol/message.js";
import type { Item } from "../tools/test-device.js";
import { encodeItems, itemsOf, reasonOf, TestDevice, TestFixture, u32 } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { settle, TestServer } from "../tools/test-server.js";

onEachDatabase("the long poll", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.hello(await fixture.light());
  });
  afterEach(() => server.close());

  /** Whether it is answered by now, without waiting for it. */
  const watch = (poll: Promise<Uint8Array>) => {
    let answer: Uint8Array | undefined;
    void poll.then((bytes) => (answer = bytes));
    return {
      items(): Item[] | undefined {
        return answer && itemsOf(answer);
      },
    };
  };

  it("is held for 20 s while there is nothing to say", async () => {
    const poll = watch(device.poll());
    await settle();
    assert.equal(server.parked, 1);
    await server.clock.advance(19_999);
    assert.equal(poll.items(), undefined);
    await server.clock.advance(1);
    assert.deepEqual(poll.items(), []);
    assert.equal(server.parked, 0);
  });

  it("is answered as soon as there is an item", async () => {
    const poll = watch(device.poll());
    await settle();
    await server.admin.send(device.name, "lamp", { on: true });
    await settle();
    assert.deepEqual(
      poll.items()?.map(({ name, data }) => [name, data]),
      [["lamp", { on: true }]],
    );
    assert.equal(server.parked, 0);
  });

  it("is answered at once when an item waits", async () => {
    await server.admin.send(device.name, "lamp", 1);
    assert.equal(itemsOf(await device.poll()).length, 1);
  });

  it("is answered at once when it brought items, which are kept once", async () => {
    await device.poll(encodeItems(1, "one", "two"));
    await device.poll(encodeItems(2, "two", "three"));
    const { items } = await server.admin.unit(device.name);
    assert.deepEqual(
      items.map(({ name, data }) => [name, JSON.parse(data)]),
      [
        ["log", "one"],
        ["log", "two"],
        ["log", "three"],
      ],
    );
  });

  it("keeps data that is no JSON as a text, and nothing of items that are none", async () => {
    const odd = ["{", "", "undefined", "\xfc"];
    await device.poll(new Uint8Array(Buffer.concat(odd.map((data, i) => encodeItem(i + 1, "log", data)))));
    const kept = async () =>
      (await server.admin.unit(device.name)).items.map(({ data }) => JSON.parse(data) as unknown);
    assert.deepEqual(await kept(), odd);
    const whole = encodeItems(5, "whole", "cut");
    assert.equal(reasonOf(await device.poll(whole.slice(0, -1))), RefusalReason.State);
    assert.deepEqual(await kept(), odd);
  });

  it("keeps items of each session and each start apart", async () => {
    await device.poll(encodeItems(1, "first"));
    await device.hello();
    await device.poll(encodeItems(1, "second"));
    assert.equal((await server.admin.unit(device.name)).items.length, 2);
  });

  for (const [what, send] of [
    ["results", (unit: TestDevice) => unit.results()],
    ["a blessing", (unit: TestDevice) => unit.bless(0)],
    ["another poll", (unit: TestDevice) => unit.poll(encodeItems(1, "hi"))],
    ["a hello", (unit: TestDevice) => unit.hello()],
  ] as const)
    it(`ends with ${what} of the same device`, async () => {
      const raw = device.channel.request(MessageType.Poll, device.head());
      const held = server.post(MessageType.Poll, raw);
      await settle();
      assert.equal(server.parked, 1);
      await send(device);
      assert.equal((await held).status, 200);
      assert.equal(server.parked, 0);
    });

  it("does not end with a request that only claims to be the device's", async () => {
    const poll = watch(device.poll());
    await settle();
    const forged = device.request.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1;
    assert.equal((await server.post(MessageType.Poll, forged)).status, 403);
    await settle();
    assert.equal(poll.items(), undefined);
  });

  it("may be repeated in the same bytes", async () => {
    await server.admin.send(device.name, "lamp", 1);
    const answer = await device.poll();
    assert.deepEqual(await device.repeat(), answer);
  });

  it("repeats items until they have arrived, and then forgets them", async () => {
    for (const lamp of [1, 2, 3]) await server.admin.send(device.name, "lamp", lamp);
    const items = itemsOf(await device.poll());
    assert.deepEqual(
      items.map(({ data }) => data),
      [1, 2, 3],
    );
    device.lastItem = items[1]?.id as number;
    assert.deepEqual(
      itemsOf(await device.poll()).map(({ data }) => data),
      [3],
    );
    device.lastItem = 0; // a restart: it has no memory of them
    assert.deepEqual(
      itemsOf(await device.poll()).map(({ data }) => data),
      [3],
    );
  });

  it("brings much in parts, in order", async () => {
    for (let i = 0; i < 10; i++) await server.admin.send(device.name, "part", { i, text: "x".repeat(900) });
    const seen: number[] = [];
    while (seen.length < 10) {
      const items = itemsOf(await device.poll());
      assert.ok(items.length > 0 && items.length <= 2);
      seen.push(...items.map(({ data }) => (data as { i: number }).i));
      device.lastItem = items.at(-1)?.id as number;
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await assert.rejects(server.admin.send(device.name, "part", "x".repeat(3000)), { code: "ITEM_TOO_LONG" });
  });

  it("carries items with the welcome and the results too", async () => {
    await server.admin.send(device.name, "lamp", 1);
    assert.equal(itemsOf(await device.hello()).length, 1);
    assert.equal(itemsOf(await device.results()).length, 1);
  });

  it("tells a fixture who it is, at once at each start, and then is held", async () => {
    const params = (answer: Uint8Array): unknown =>
      JSON.parse(asciiText(findField(answer, Tag.ConfigParams) as Uint8Array));
    const other = await TestFixture.add(server);
    assert.deepEqual(params(await other.poll()), {
      deviceid: other.name,
      factory_imp_device_id: other.name,
      is_factory_fixture: true,
      factoryfirmware: true,
    });
    const poll = watch(other.poll());
    await settle();
    assert.equal(poll.items(), undefined);
    other.boot = 2;
    other.number = 0;
    await other.poll();
    await settle();
    assert.equal(server.parked, 0);
  });

  it("wakes the fixture at each change of its unit, and nobody else", async () => {
    await fixture.collect();
    const other = await TestFixture.add(server);
    await other.poll();
    const idle = watch(other.poll());
    const poll = watch(fixture.poll());
    await settle();
    await device.results();
    await settle();
    assert.equal(poll.items(), undefined, "results change no state");
    await device.bless();
    await settle();
    assert.deepEqual(
      poll.items()?.map(({ data }) => (data as { state: string }).state),
      ["blessing"],
    );
    assert.equal(idle.items(), undefined);
    await server.clock.advance(20_000);
  });

  it("loses no item that is queued while it is being opened", async () => {
    for (let i = 0; i < 30; i++) {
      const poll = watch(device.poll());
      for (let turns = 0; turns < i % 10; turns++) await Promise.resolve();
      await server.admin.send(device.name, "lamp", i);
      await settle();
      const item = poll.items()?.at(-1);
      assert.equal(item?.data, i);
      device.lastItem = item.id;
    }
  });

  it("is let go when its sender hangs up", async () => {
    const address = await server.http.listen({ host: "127.0.0.1", port: 0 });
    const hangUp = new AbortController();
    const body = device.channel.request(MessageType.Poll, [...device.head(), Tag.LastItem, u32(0)]);
    const gone = fetch(`${address}/v1/messages/13`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: Buffer.from(body),
      signal: hangUp.signal,
    });
    while (server.parked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    hangUp.abort();
    await assert.rejects(gone);
    while (server.parked > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(server.parked, 0);
  });
});
