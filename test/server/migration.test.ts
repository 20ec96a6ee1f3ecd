// SPDX-License-Identifier: Apache-2.0
// A database of an earlier version, with work under way in it, is taken forward: nothing in it is lost, and the work goes on.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { Kysely, sql } from "kysely";
import { tokenIdOf } from "../../firmware/core/protocol/keys.js";
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { KeyFolder } from "../../server/keys/key-folder.js";
import { ensureKeys, keyNames } from "../../server/keys/keys.js";
import { postgresDialect } from "../../server/store/postgres.js";
import type { Tables } from "../../server/store/schema.js";
import { migrate, VERSION } from "../../server/store/schema.js";
import { sqliteDialect } from "../../server/store/sqlite.js";
import { Vault } from "../../server/keys/vault.js";
import { onEachDatabase } from "../tools/test-database.js";
import { prf, TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

/** The earliest that has all that the work of today goes by; earlier ones are refused, for they do not say which keys they need. */
const EARLIEST = 4;
/** The first with agents, and with webhooks. */
const [AGENTS, WEBHOOKS] = [6, 7];
const KEY = new Uint8Array(32).fill(3);
const TOKEN = new Uint8Array(16).fill(4);
const BLESSED_KEY = new Uint8Array(32).fill(5);
const GRANTED_KEY = new Uint8Array(32).fill(6);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A schema that another test used has its tables in it. */
const EMPTY_SCHEMA = `do $$ declare name text := current_schema(); begin
  execute format('drop schema %I cascade', name); execute format('create schema %I', name); end $$`;

async function openEmpty(server: TestServer): Promise<Kysely<Tables>> {
  const { url } = server.database;
  mkdirSync(server.dataDir, { recursive: true });
  const dialect = url === undefined ? sqliteDialect(server.dataDir) : postgresDialect(url);
  const db = new Kysely<Tables>({ dialect });
  if (url !== undefined) await server.database.exec(EMPTY_SCHEMA);
  return db;
}

/** A product with its four groups, a fixture, light that waits, a shippable unit, and one whose grant is not acknowledged. */
async function fill(db: Kysely<Tables>, vault: Vault, now: number): Promise<void> {
  await ensureKeys(db, vault, (bytes) => new Uint8Array(randomBytes(bytes)), now);
  vault.load(await keyNames(db));
  const tokenId = hex(tokenIdOf(prf, TOKEN));
  await sql`insert into products (name, config, network, serials) values ('probe', ${JSON.stringify(PRODUCT)}, null, 2)`.execute(
    db,
  );
  for (const [kind, dut, production] of [
    ["development", null, null],
    ["production", null, null],
    ["dut", null, 2],
    ["fixture", 3, 2],
  ] as const)
    await sql`insert into groups (product, kind, dut_target, production_target) values ('probe', ${kind}, ${dut}, ${production})`.execute(
      db,
    );
  await sql`insert into fixtures (id, product, group_id, key, counter, request, revoked)
    values ('0102030405060708', 'probe', 4, ${vault.seal(KEY)}, '0000000000000000', '', 0)`.execute(db);
  await sql`insert into tokens (id, kind, product, fixture, slot, key, expires_at, device_id, crosstalk, run)
    values (${tokenId}, 'factory', 'probe', '0102030405060708', 1, ${vault.seal(TOKEN)}, ${now + 60_000}, null, 0, null)`.execute(
    db,
  );
  for (const [n, state, group, key] of [
    [1, "shippable", 2, BLESSED_KEY],
    [2, "lost", 3, GRANTED_KEY],
  ] as const) {
    const device = `000030aea400000${n}`;
    await sql`insert into units (device_id, product, group_id, state, serial, fixture, slot, session, changed_at, heard_at)
      values (${device}, 'probe', ${group}, ${state}, ${`PR-000${n}`}, '0102030405060708', 1, null, ${now}, ${now})`.execute(
      db,
    );
    await sql`insert into sessions (id, token, run, device_id, key, counter, request, digest, boot)
      values (${`000000000000000${n}`}, null, null, ${device}, ${vault.seal(key)}, 0, '', '', 1)`.execute(db);
    await sql`insert into grants (device_id, serial, key, record, signature, wipe_nonce, granted_at, acknowledged_at)
      values (${device}, ${`PR-000${n}`}, ${vault.seal(key)}, ${Buffer.from("{}")}, ${Buffer.alloc(64)}, ${"00".repeat(16)},
        ${now}, ${n === 1 ? now : null})`.execute(db);
  }
}

/** What the versions since brought, of a unit that works. */
async function fillLater(db: Kysely<Tables>, vault: Vault, version: number): Promise<void> {
  const device_id = "000030aea4000001";
  if (version >= AGENTS) {
    await db.insertInto("agents").values({ device_id, role: "application", saved: '{"count":7}' }).execute();
    const event = { device_id, role: "application" as const, name: "count", data: "8", done: 0 };
    await db.insertInto("agent_events").values(event).execute();
  }
  if (version >= WEBHOOKS) {
    const hook = {
      product: "probe",
      group_id: null,
      url: "https://mes.example/",
      events: "blessing",
      allow_private: 0,
    };
    await db
      .insertInto("webhooks")
      .values({ ...hook, secret: vault.seal(KEY), made_at: 0 })
      .execute();
  }
}

for (let version = EARLIEST; version < VERSION; version++)
  onEachDatabase(`a database of version ${version}`, () => {
    let server: TestServer;

    beforeEach(async () => {
      server = await TestServer.closed();
      const db = await openEmpty(server);
      const dialect = server.database.url === undefined ? "sqlite" : "postgres";
      const vault = new Vault(new KeyFolder(server.dataDir));
      await migrate(db, dialect, EARLIEST);
      await fill(db, vault, server.clock.now());
      await migrate(db, dialect, version);
      await fillLater(db, vault, version);
      await db.destroy();
      await server.start();
    });
    afterEach(() => server.close());

    it("keeps what agents saved and have not heard yet, and its webhooks with their secrets", async () => {
      const rows = (table: string) => server.database.rows<{ [column: string]: unknown }>(`select * from ${table}`);
      const [agent] = await rows("agents");
      const [event] = await rows("agent_events");
      const [hook] = await rows("webhooks");
      assert.deepEqual([agent?.saved, event?.data], version >= AGENTS ? ['{"count":7}', "8"] : [undefined, undefined]);
      assert.equal(hook?.url, version >= WEBHOOKS ? "https://mes.example/" : undefined);
      const listed = await server.webhooks.list({ limit: 50 });
      assert.equal(listed.rows.length, version >= WEBHOOKS ? 1 : 0);
    });

    it("gets its product's names, test groups and targets", async () => {
      const { rows } = await server.lists.groups({ limit: 50 });
      const named = (id: number | null) => rows.find((row) => row.id === id)?.name ?? null;
      assert.deepEqual(
        rows.map(({ name, kind, units, dutTarget, productionTarget }) =>
          [name, kind, units, named(dutTarget), named(productionTarget)].join(" "),
        ),
        [
          "development development 0  ",
          "production production 1  ",
          "dut dut 1  ",
          "fixture fixture 0 dut production",
          "test-production test-production 0  ",
          "test-dut test-dut 0  ",
          "test-fixture test-fixture 0 test-dut test-production",
        ],
      );
      await server.admin.putProduct(PRODUCT);
      assert.equal((await server.lists.groups({ limit: 50 })).rows.length, 7, "and keeps them");
    });

    it("goes on with light that waits, from the fixture that lit it, to a number that is new", async () => {
      const fixture = new TestFixture(server, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), KEY);
      const first = TestDevice.make(server, 7);
      assert.equal(await first.live(TOKEN), "PR-0003");
      const second = TestDevice.make(server, 8);
      assert.equal(await second.live(await fixture.light()), "PR-0004");
      for (const { name } of [first, second]) assert.equal((await server.admin.unit(name)).group, "production");
      assert.deepEqual(await server.admin.verifyAudit(), []);
    });

    it("goes on with a grant that was not acknowledged, into its production group", async () => {
      const device = TestDevice.make(server, 2);
      device.deviceKey = GRANTED_KEY;
      device.serial = "PR-0002";
      device.session = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2);
      assert.equal((await device.acknowledge())[1], MessageType.Acknowledged);
      const { state, group } = await server.admin.unit(device.name);
      assert.deepEqual([state, group], ["blessed", "production"]);
    });

    it("knows its blessed units by their keys, and releases them by the key of their group", async () => {
      const device = TestDevice.make(server, 1);
      device.deviceKey = BLESSED_KEY;
      assert.equal((await device.hello())[1], MessageType.Welcome);
      await server.unbless(device.name, "flash replaced");
      assert.equal((await server.admin.unit(device.name)).state, "unblessed");
    });
  });

onEachDatabase("a database from before it said which keys it needs", () => {
  it("does not open", async () => {
    const server = await TestServer.closed();
    const db = await openEmpty(server);
    await migrate(db, server.database.url === undefined ? "sqlite" : "postgres", 1);
    await sql`insert into products (name, config, serials) values ('probe', '{}', 0)`.execute(db);
    await db.destroy();
    await assert.rejects(server.start(), { code: "KEYS_MISSING" });
    await server.close();
  });
});
