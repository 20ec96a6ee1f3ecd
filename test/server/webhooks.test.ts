// SPDX-License-Identifier: Apache-2.0
// Webhooks: what they are told, that it is ours, that nothing is lost or told twice, and that the line never waits for them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Tag } from "../../firmware/core/protocol/codes.js";
import { findField } from "../../firmware/core/protocol/message.js";
import { hex } from "../../server/crypto.js";
import { publicLookup } from "../../server/outbound/addresses.js";
import { ATTEMPTS, retryMs } from "../../server/webhooks/courier.js";
import type { NewWebhook } from "../../server/webhooks/webhooks.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";
import { WebhookTarget } from "../tools/webhook-target.js";

const GUIDE = new URL("../../docs/WEBHOOKS.md", import.meta.url);
const example = /```js\n([^]*?)```/.exec(readFileSync(GUIDE, "utf8"))?.[1] as string;
const { verified } = (await import(`data:text/javascript,${encodeURIComponent(example)}`)) as {
  verified: (secret: string, headers: object, body: string, nowMs?: number) => object | undefined;
};

const TOKEN = new Uint8Array(16).fill(9);
const PAGE = { limit: 500 };

onEachDatabase("webhooks", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let target: WebhookTarget;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open({ veto: (id) => (id.endsWith("07") ? "quarantined" : "") });
    fixture = await TestFixture.add(server);
    target = await WebhookTarget.open();
    device = TestDevice.make(server);
  });
  afterEach(async () => {
    await target.close();
    await server.close();
  });

  const add = (more: Partial<NewWebhook> = {}) =>
    server.webhooks.add({ url: target.url, product: "probe", allowPrivate: true, ...more });
  const deliveries = async () => (await server.webhooks.deliveries({}, PAGE)).rows;
  const delivery = async () => {
    const rows = await deliveries();
    assert.equal(rows.length, 1);
    return rows[0]!;
  };
  const groupId = async (kind: string) => {
    const { rows } = await server.lists.groups(PAGE);
    return rows.find((group) => group.kind === kind)!.id;
  };

  it("are told of a blessing in Electric Imp's words and ours, with its signed record", async () => {
    await add();
    await device.live(await fixture.light());
    await server.courier.idle();
    const { blessing } = await server.admin.unit(device.name);
    assert.deepEqual(target.bodies(), [
      {
        event: "blessing",
        time: "2026-01-01T00:00:00.000Z",
        product: "probe",
        group_id: await groupId("production"),
        device_id: device.name,
        imp_id: "30aea4000001",
        serial: "PR-0001",
        fixture_id: fixture.name,
        slot: 1,
        record: blessing?.record,
        signature: blessing?.signature,
      },
    ]);
    assert.deepEqual([(await delivery()).state, (await delivery()).status], ["delivered", 200]);
  });

  it("are told of an activation once a token, by the token's id", async () => {
    await device.live(await fixture.light());
    await add();
    await server.admin.registerToken("probe", TOKEN, "production");
    await device.activate(TOKEN);
    await device.activate(TOKEN);
    await server.courier.idle();
    const [body, ...more] = target.bodies();
    assert.equal(more.length, 0);
    assert.deepEqual(
      [body?.event, body?.device_id, body?.plan_id, body?.token],
      ["blinkup", device.name, null, hex(findField(device.request, Tag.TokenId) as Uint8Array)],
    );
    assert.ok(!JSON.stringify(target.received).includes(hex(TOKEN)));
  });

  it("are told of a failed test, of a refused blessing and why, and of a deployment once", async () => {
    await add();
    const failing = [
      [TestDevice.make(server, 2), undefined, 0],
      [TestDevice.make(server, 3), 9.9, 1],
      [TestDevice.make(server, 7), undefined, 1],
    ] as const;
    for (const [unit, supply, verdict] of failing) {
      await unit.hello(await fixture.light());
      await unit.results(unit.batch(supply));
      await unit.bless(verdict);
    }
    for (const leaseS of [901, 901]) await server.admin.putProduct({ ...PRODUCT, leaseS });
    await server.courier.idle();
    const told = target.bodies().map(({ event, device_id, why }) => ({ event, device_id, why }));
    const names = failing.map(([unit]) => unit.name);
    assert.deepEqual(
      told.sort((a, b) => String(a.device_id).localeCompare(String(b.device_id))),
      [
        { event: "test_failed", device_id: names[0], why: "the device reports failure" },
        { event: "bless_refused", device_id: names[1], why: "supply is 9.9 V, outside 3 to 3.6" },
        { event: "bless_refused", device_id: names[2], why: "quarantined" },
        { event: "deployment", device_id: undefined, why: undefined },
      ],
    );
  });

  it("hear of their product's, their group's and their kind of events alone", async () => {
    await server.admin.putProduct({ ...PRODUCT, name: "other" });
    await add({ product: "other" });
    await add({ groupId: await groupId("dut") });
    await add({ events: ["bless_refused"] });
    await device.live(await fixture.light());
    assert.deepEqual(await deliveries(), []);
  });

  it("are asked again later each time, up to six hours, and never in step", () => {
    const [soonest, latest] = [0, 1].map((chance) => [1, 2, 10, 20].map((attempt) => retryMs(attempt, chance) / 1000));
    assert.deepEqual(soonest, [2.5, 5, 1280, 10800]);
    assert.deepEqual(latest, [5, 10, 2560, 21600]);
  });

  it("are told nothing of what did not happen", async () => {
    await add();
    await device.hello(await fixture.light());
    await device.results();
    const fails = "create trigger full before insert on answers begin select raise(abort, 'disk full'); end";
    const inPostgres = `create function full_up() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
      create trigger full_up before insert on answers for each statement execute function full_up()`;
    await server.database.exec(server.database.url === undefined ? fails : inPostgres);
    await assert.rejects(device.bless(0));
    const mended = server.database.url === undefined ? "drop trigger full" : "drop function full_up cascade";
    await server.database.exec(mended);
    assert.deepEqual(await deliveries(), []);
    assert.equal((await server.admin.unit(device.name)).state, "dut");
  });

  it("can tell that it is us, by the example of the guide", async () => {
    const { secret } = await add();
    await device.live(await fixture.light());
    const { headers, body } = await target.first;
    await server.courier.idle();
    const now = server.clock.now();
    assert.deepEqual(verified(secret, headers, body, now), JSON.parse(body));
    assert.equal(verified(secret, headers, body.replace("PR-0001", "PR-0002"), now), undefined);
    assert.equal(verified(secret, { ...headers, "webhook-id": "msg_1" }, body, now), undefined);
    assert.equal(verified(`whsec_${Buffer.alloc(32).toString("base64")}`, headers, body, now), undefined);
    assert.equal(verified(secret, headers, body, now + 600_000), undefined);
  });

  it("get the same message again after a while, over a restart, until they take it", async () => {
    target.answer = (reply, count) => void reply.writeHead(count < 4 ? 503 : 204).end("busy");
    await add();
    await device.live(await fixture.light());
    await server.courier.idle();
    assert.deepEqual([(await delivery()).state, (await delivery()).answer], ["waiting", "busy"]);
    for (let attempt = 2; attempt <= 4; attempt++) {
      const waitMs = Date.parse((await delivery()).nextAt as string) - server.clock.now();
      await server.clock.advance(waitMs - 1);
      await server.courier.idle();
      assert.equal(target.received.length, attempt - 1, "not yet");
      await server.restart();
      await server.clock.advance(5000);
      await server.courier.idle();
      assert.equal(target.received.length, attempt);
    }
    assert.deepEqual([(await delivery()).state, (await delivery()).attempts], ["delivered", 4]);
    assert.equal(new Set(target.received.map(({ headers }) => headers["webhook-id"])).size, 1);
  });

  it("are given up after so many attempts, visibly, and begun anew when told to", async () => {
    target.answer = (reply) => void reply.writeHead(500).end();
    const { webhook } = await add();
    await device.live(await fixture.light());
    await server.courier.idle();
    await server.database.exec(`update deliveries set attempts = ${ATTEMPTS - 1}`);
    await server.clock.advance(60_000);
    await server.courier.idle();
    const given = await delivery();
    assert.deepEqual([given.state, given.attempts, given.nextAt], ["failed", ATTEMPTS, null]);
    await server.database.exec("update deliveries set next_at = 0");
    await server.clock.advance(60_000);
    await server.courier.idle();
    assert.equal(target.received.length, 2);
    target.answer = (reply) => void reply.end();
    assert.equal(await server.webhooks.retry(webhook.id), 1);
    await server.clock.advance(5000);
    await server.courier.idle();
    assert.equal((await delivery()).state, "delivered");
    await server.database.exec("update deliveries set next_at = 0");
    await server.restart();
    await server.courier.idle();
    assert.deepEqual(await deliveries(), [], "forgotten in the end");
  });

  it("never hold up the line: a target that takes the message and says nothing", async () => {
    target.answer = () => undefined;
    await add();
    const other = await WebhookTarget.open();
    await add({ url: other.url });
    for (let n = 1; n <= 6; n++) await TestDevice.make(server, n).live(await fixture.light());
    await target.first;
    assert.ok((await server.admin.units()).every(({ state }) => state === "shippable"));
    while (other.received.length < 6) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(target.received.length, 4, "no more at once than it can take");
    await server.clock.advance(10_000);
    const silent = () => deliveries().then((rows) => rows.filter(({ answer }) => answer === "no answer within 10 s"));
    while ((await silent()).length < 4) await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    // What is under way as the server stops is not waited for.
    await server.restart();
    assert.ok((await deliveries()).every(({ webhook, state }) => state === (webhook === 1 ? "waiting" : "delivered")));
  });

  it("are told once by servers that share a database", async () => {
    await add();
    const second = await TestServer.beside(server);
    for (let n = 11; n <= 22; n++) await TestDevice.make(n % 2 ? server : second, n).live(await fixture.light());
    await server.clock.advance(5000);
    for (const each of [server, second, server]) await each.courier.idle();
    await second.stop();
    assert.equal(target.received.length, 12);
    assert.ok((await deliveries()).every(({ state, attempts }) => state === "delivered" && attempts === 1));
  });

  it("are told by another server when one dies with a message in hand", async () => {
    await server.stop();
    await server.start({ deliver: false });
    await add();
    await device.live(await fixture.light());
    const lease = server.clock.now() + 60_000;
    await server.database.exec(`update deliveries set attempts = 1, lease_until = ${lease}`);
    server.courier.start();
    await server.clock.advance(55_000);
    await server.courier.idle();
    assert.equal(target.received.length, 0);
    await server.clock.advance(10_000);
    await server.courier.idle();
    assert.deepEqual([target.received.length, (await delivery()).attempts], [1, 2]);
  });

  it("are not followed to another address, and little is kept of what they answer", async () => {
    const other = await WebhookTarget.open();
    target.answer = (reply) => void reply.writeHead(307, { location: other.url }).end();
    await add();
    await device.live(await fixture.light());
    await server.courier.idle();
    assert.deepEqual([(await delivery()).status, other.received.length], [307, 0]);
    assert.match((await delivery()).answer, /^not followed to http/);
    target.answer = (reply) => void reply.writeHead(500).end("\u001b[31m" + "x".repeat(1e6));
    await server.clock.advance(10_000);
    await server.courier.idle();
    assert.match((await delivery()).answer, /^ \[31mx{200,251}$/);
    await other.close();
  });

  it("reach a private network only where an engineer said so, by name too", async () => {
    for (const host of [
      "127.0.0.1",
      "localhost",
      "10.1.2.3",
      "2130706433",
      "[::1]",
      "[::ffff:192.168.0.1]",
      "169.254.169.254",
    ])
      await assert.rejects(add({ url: `http://${host}/`, allowPrivate: false }), { code: "WEBHOOK_PRIVATE" }, host);
    for (const url of [
      "ftp://mes.example",
      "mes.example",
      "",
      "https://me:word@mes.example",
      `http://a/${"x".repeat(1000)}`,
    ])
      await assert.rejects(add({ url }), { code: "WEBHOOK_URL" }, url);
    await add();
    await server.database.exec("update webhooks set allow_private = 0");
    await device.live(await fixture.light());
    await server.courier.idle();
    assert.equal(target.received.length, 0);
    assert.match((await delivery()).answer, /private network/);
    const [error] = await new Promise<unknown[]>((done) => publicLookup("localhost", {}, (...found) => done(found)));
    assert.match((error as Error).message, /private network/, "a name that looks public");
  });

  it("keep their secrets to themselves, over a rotation of keys too", async () => {
    const { secret } = await add();
    const bytes = Buffer.from(secret.slice(6), "base64");
    await server.admin.rotateKeys();
    await device.live(await fixture.light());
    const { headers, body } = await target.first;
    await server.courier.idle();
    assert.ok(verified(secret, headers, body, server.clock.now()));
    const shown = JSON.stringify([
      await server.webhooks.list(PAGE),
      await deliveries(),
      await server.admin.audit("webhooks"),
    ]);
    const stored = await server.database.contents();
    for (const form of [secret, bytes.toString("hex"), bytes.toString("base64")]) {
      assert.ok(!shown.includes(form));
      assert.ok(!stored.includes(form));
    }
    assert.ok(!stored.includes(bytes));
  });
});
