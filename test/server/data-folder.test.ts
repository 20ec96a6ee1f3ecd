// SPDX-License-Identifier: Apache-2.0
// Files, keys, the log, and what the server says when it cannot start.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../server/main.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("the data folder", () => {
  const parent = mkdtempSync(join(tmpdir(), "lightline-test-"));
  after(() => rmSync(parent, { recursive: true }));

  const start = (dataDir: string, port = 0) => startServer({ dataDir, host: "127.0.0.1", port });

  it("is made for its owner alone, and so is all in it", async () => {
    const dataDir = join(parent, "new", "data");
    const before = process.umask(0);
    try {
      const server = await start(dataDir);
      await server.admin.putProduct(PRODUCT);
      for (const dir of ["", "keys"]) assert.equal(modeOf(join(dataDir, dir)), "700");
      const files = readdirSync(dataDir, { recursive: true }).map((name) => join(dataDir, String(name)));
      const plain = files.filter((path) => statSync(path).isFile());
      assert.deepEqual([...new Set(plain.map(modeOf))], ["600"]);
      assert.ok(plain.length >= 4, "database, its log, the keys");
      await server.close();
    } finally {
      process.umask(before);
    }
  });

  it("says so where nothing can be made, instead of trying for ever", async () => {
    await assert.rejects(start("/proc/lightline/data"), { code: "DATA_NOT_WRITABLE" });
  });

  it("must be a folder", async () => {
    const path = join(parent, "file");
    writeFileSync(path, "");
    await assert.rejects(start(path), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, "DATA_NOT_WRITABLE");
      return error.message.includes(path) && error.message.includes("--data");
    });
  });

  it("must hold the keys of its database", async () => {
    const dataDir = join(parent, "keyless");
    await (await start(dataDir)).close();
    const keys = join(dataDir, "keys");
    const master = readdirSync(keys).find((name) => name.startsWith("master-")) as string;
    rmSync(join(keys, master));
    await assert.rejects(start(dataDir), { code: "KEYS_MISSING", message: new RegExp(master) });
    assert.equal(readdirSync(keys).length, 2);
  });

  it("keeps its keys and its products", async () => {
    const dataDir = join(parent, "kept");
    const first = await start(dataDir);
    await first.admin.putProduct(PRODUCT);
    const { signingKeyId } = first;
    await first.close();
    const second = await start(dataDir);
    assert.equal(second.signingKeyId, signingKeyId);
    await second.admin.addFixture("probe");
    await second.close();
  });

  it("is left alone when the port is taken, which is said with what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    await assert.rejects(start(join(parent, "taken"), port), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, "PORT_TAKEN");
      return error.message.includes(String(port)) && error.message.includes("--port");
    });
    other.close();
    await (await start(join(parent, "taken"))).close();
  });
});

onEachDatabase("the database", () => {
  it("holds no secret in clear", async () => {
    const server = await TestServer.open();
    const fixture = await TestFixture.add(server);
    const device = TestDevice.make(server);
    const token = await fixture.light();
    await device.live(token);
    const secrets = [fixture.key, token, device.sessionKey, device.deviceKey as Uint8Array];
    await server.stop();
    const stored = await server.database.contents();
    for (const [index, secret] of secrets.entries()) {
      assert.ok(!stored.includes(Buffer.from(secret)), `secret ${index}`);
      assert.ok(!stored.includes(Buffer.from(secret).toString("hex")), `secret ${index} in hex`);
    }
    await server.close();
  });
});

onEachDatabase("the audit log", () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.open();
    await TestDevice.make(server).live(await (await TestFixture.add(server)).light());
  });
  afterEach(() => server.close());

  const edit = (sql: string): Promise<void> => server.database.exec(sql);
  /** Whoever owns the database can. */
  const unlock = (): string =>
    server.database.url === undefined
      ? "drop trigger audit_fixed; drop trigger audit_kept;"
      : "alter table audit disable trigger user;";
  const MIDDLE = "(select min(id) + 2 from audit where device_id like '0000%')";

  it("is one whole chain a device", async () => {
    assert.deepEqual(await server.admin.verifyAudit(), []);
    assert.ok((await server.events("000030aea4000001")).length > 5);
  });

  it("cannot be changed or cut by the way", async () => {
    await assert.rejects(edit("update audit set event = 'x'"), /append-only/);
    await assert.rejects(edit("delete from audit"), /append-only/);
    if (server.database.url) await assert.rejects(edit("truncate audit"), /append-only/);
  });

  for (const [what, sql] of [
    ["an event", `update audit set event = 'x' where id = ${MIDDLE}`],
    ["a detail", `update audit set detail = '{}' where id = ${MIDDLE}`],
    ["a time", `update audit set at = at + 1 where id = ${MIDDLE}`],
    ["a missing row", `delete from audit where id = ${MIDDLE}`],
    ["a row moved to another device", `update audit set device_id = '00' where id = ${MIDDLE}`],
  ] as const)
    it(`shows ${what}, whoever did it`, async () => {
      await edit(`${unlock()} ${sql}`);
      assert.notDeepEqual(await server.admin.verifyAudit(), []);
    });
});

onEachDatabase("the operator's calls", () => {
  let server: TestServer;
  beforeEach(async () => void (server = await TestServer.open()));
  afterEach(() => server.close());

  it("say what there is when a name is wrong", async () => {
    await assert.rejects(server.admin.addFixture("prob"), /no product "prob".*it has probe\./);
    await assert.rejects(server.admin.setFactoryNetwork("prob", new Uint8Array(0)), { code: "UNKNOWN_PRODUCT" });
    await assert.rejects(server.admin.registerToken("prob", new Uint8Array(16)), { code: "UNKNOWN_PRODUCT" });
    await assert.rejects(server.admin.unit("00"), { code: "UNKNOWN_UNIT" });
    await assert.rejects(server.admin.unbless("00", "", ""), { code: "UNKNOWN_UNIT" });
    await assert.rejects(server.admin.revokeFixture("00"), { code: "UNKNOWN_FIXTURE" });
  });

  it("take a fixture's own id, once", async () => {
    const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    assert.deepEqual((await server.admin.addFixture("probe", id)).id, id);
    await assert.rejects(server.admin.addFixture("probe", id), { code: "FIXTURE_EXISTS" });
  });

  it("keep the part of a product that the server judges by, and refuse what is none", async () => {
    const more = { ...PRODUCT, dir: "/home/somebody", board: "virtual" };
    await server.admin.putProduct(more);
    const [row] = await server.database.rows<{ config: string }>("select config from products");
    assert.deepEqual(JSON.parse(row?.config ?? ""), PRODUCT);
    await assert.rejects(server.admin.putProduct({ ...PRODUCT, serialFormat: "none" }), {
      code: "PRODUCT_REJECTED",
      message: /"serialFormat"/,
    });
  });

  it("answer over HTTP who is asked", async () => {
    const health = (await server.http.inject("/v1/health")).json<{ name: string; version: string; ok: boolean }>();
    assert.match(health.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual({ ...health, version: "" }, { name: "lightline", version: "", ok: true });
  });
});
