// SPDX-License-Identifier: Apache-2.0
// Several servers on one PostgreSQL database: any of them goes on where another stopped.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import type { App } from "../../server/app.js";
import { buildApp } from "../../server/app.js";
import { openDatabase } from "../../server/store/database.js";
import { itemsOf, TestDevice, TestFixture } from "../tools/test-device.js";
import type { TestDatabase } from "../tools/test-database.js";
import { makeDatabase, onDatabase } from "../tools/test-database.js";
import { PRODUCT, settle, TestServer } from "../tools/test-server.js";

onDatabase("PostgreSQL", "servers that share a database", () => {
  let first: TestServer;
  let second: TestServer;
  let fixture: TestFixture;

  beforeEach(async () => {
    first = await TestServer.open();
    second = await TestServer.beside(first);
    fixture = await TestFixture.add(first);
  });
  afterEach(async () => {
    await second.stop();
    await first.close();
  });

  /** Each message goes to the server whose turn it is. */
  const takeTurns = (): TestServer => {
    const servers = [first, second];
    let message = 0;
    const both = Object.create(first) as TestServer;
    both.post = (type, bytes) => (servers[message++ % 2] as TestServer).post(type, bytes);
    return both;
  };

  it("take a unit from light to shippable by turns, with one serial number", async () => {
    for (const offset of [0, 1]) {
      const server = takeTurns();
      if (offset) await server.post(3, new Uint8Array(0));
      const lamp = await TestFixture.add(server);
      const device = TestDevice.make(server, 1 + offset);
      assert.equal(await device.live(await lamp.light()), `PR-000${1 + offset}`);
      assert.equal((await second.admin.unit(device.name)).state, "shippable");
      const states = (await lamp.collect()).map(({ data }) => (data as { state: string }).state);
      assert.deepEqual(states, ["dut", "blessing", "blessed", "shippable"]);
    }
    assert.deepEqual(await first.admin.verifyAudit(), []);
  });

  it("repeat each other's answers", async () => {
    const device = TestDevice.make(first);
    const welcome = await device.hello(await fixture.light());
    assert.deepEqual((await second.post(3, device.request)).bytes, welcome);
  });

  it("give units that are blessed at the same time serial numbers of their own, and whole chains", async () => {
    const devices: TestDevice[] = [];
    for (let n = 1; n <= 16; n++) {
      const device = TestDevice.make(n % 2 ? first : second, n);
      await device.hello(await fixture.light());
      await device.results();
      devices.push(device);
    }
    await Promise.all(devices.map((device) => device.bless()));
    const expected = devices.map((_, i) => `PR-${String(i + 1).padStart(4, "0")}`);
    assert.deepEqual(devices.map(({ serial }) => serial).sort(), expected);
    await Promise.all(devices.map((device) => device.acknowledge()));
    await Promise.all(devices.map((device) => device.prove()));
    assert.ok((await second.admin.units()).every(({ state }) => state === "shippable"));
    assert.deepEqual(await first.admin.verifyAudit(), []);
  });

  it("stop both devices that read one light, though each spoke to another server", async () => {
    const token = await fixture.light();
    const units = [TestDevice.make(first, 1), TestDevice.make(second, 2)];
    await Promise.all(units.map((unit) => unit.hello(token)));
    const states = (await first.admin.units()).map(({ state }) => state);
    assert.deepEqual(states, ["failed", "failed"]);
  });

  /** The first server holds it. */
  const held = async (device: TestDevice): Promise<{ readonly answer: Promise<Uint8Array> }> => {
    await device.hello(await fixture.light());
    const answer = device.poll();
    while (!first.parked) await settle();
    return { answer };
  };

  it("answer a poll that one holds with what another queues", async () => {
    const device = TestDevice.make(first);
    const poll = await held(device);
    await second.admin.send(device.name, "lamp", true);
    assert.deepEqual(
      itemsOf(await poll.answer).map(({ name, data }) => [name, data]),
      [["lamp", true]],
    );
  });

  it("go on hearing each other when the connection that they hear by breaks", async () => {
    const device = TestDevice.make(first);
    const poll = await held(device);
    await first.database.exec(
      `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "lightline_' || md5(current_schema()) || '"'`,
    );
    await second.admin.send(device.name, "lamp", true);
    await first.clock.advance(1000);
    assert.equal(itemsOf(await poll.answer).length, 1);
  });

  it("take a request that reaches both at once for one", async () => {
    const device = TestDevice.make(first);
    await device.hello(await fixture.light());
    const bytes = device.channel.request(5, [...device.head(), 14, device.batch()]);
    const answers = await Promise.all([first, second, first, second].map((server) => server.post(5, bytes)));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal((await first.admin.runs(device.name))[0]?.attempts.length, 2);
  });
});

onDatabase("PostgreSQL", "a database of its own", () => {
  const parent = mkdtempSync(join(tmpdir(), "lightline-test-"));
  after(() => rmSync(parent, { recursive: true }));
  let database: TestDatabase;
  beforeEach(async () => void (database = await makeDatabase(parent)));
  afterEach(() => database.discard());

  const build = (name: string): Promise<App> => buildApp({ dataDir: join(parent, name), databaseUrl: database.url });

  it("is made by servers that start at once, which then have the same keys", async () => {
    const apps = await Promise.all([build("one"), build("one"), build("one")]);
    const ids = new Set(apps.map(({ signingKeyId }) => signingKeyId));
    await apps[0]?.admin.putProduct(PRODUCT);
    for (const app of apps) await app.close();
    assert.equal(ids.size, 1);
    assert.deepEqual(readdirSync(join(parent, "one")), ["keys"]);
  });

  it("does not open with the keys of another", async () => {
    await (await build("mine")).close();
    await assert.rejects(build("theirs"), { code: "KEYS_MISSING" });
  });

  it("keeps a text with a zero in it, which a script may send", async () => {
    const app = await build("zero");
    await app.admin.send("00", "a\0b", "text");
    await app.close();
    const [row] = await database.rows<{ name: string }>("select name from items");
    assert.equal(row?.name, "a\ufffdb");
  });

  it("never lets a commit be answered before it is on disk, whatever its user's settings", async () => {
    for (const [theirs, ours] of [
      ["off", "on"],
      ["remote_apply", "remote_apply"],
    ] as const) {
      const url = new URL(database.url as string);
      url.searchParams.set("options", `${url.searchParams.get("options")} -c synchronous_commit=${theirs}`);
      const db = await openDatabase(parent, url.href);
      const { rows } = await sql<{ now: string }>`select current_setting('synchronous_commit') as now`.execute(db);
      await db.destroy();
      assert.equal(rows[0]?.now, ours);
    }
  });

  it("that cannot be reached is told in one sentence, without its password", async () => {
    for (const url of [
      "postgres://someone:s3cretword@127.0.0.1:1/lightline",
      "postgres://someone:s3cretword@127.0.0.1:5432/no-such-database",
      "mysql://someone:s3cretword@127.0.0.1/lightline",
    ])
      await assert.rejects(buildApp({ dataDir: join(parent, "none"), databaseUrl: url }), (error: Error) => {
        assert.equal((error as Error & { code: string }).code, "DATABASE_UNUSABLE");
        return error.message.includes("DATABASE_URL") && !error.message.includes("s3cretword");
      });
  });
});
