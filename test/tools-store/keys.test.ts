// SPDX-License-Identifier: Apache-2.0
// lightline keys, and the folder of keys: nothing secret comes out, rotation loses nothing wherever it stops, loose files stop the server.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { Kysely } from "kysely";
import { buildApp } from "../../server/app.js";
import { KeyFolder } from "../../server/keys/key-folder.js";
import type { Tables } from "../../server/store/schema.js";
import { migrate } from "../../server/store/schema.js";
import { sqliteDialect } from "../../server/store/sqlite.js";
import { Vault } from "../../server/keys/vault.js";
import { runCommand } from "../tools/run-command.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";
import { assertHides, Folder } from "./store-bench.js";

interface Shown {
  readonly keys: readonly { id: string; current: boolean; madeAt: string; publicKey: string }[];
}

const SEALED = [
  ["products", "network"],
  ["fixtures", "key"],
  ["tokens", "key"],
  ["sessions", "key"],
  ["grants", "key"],
] as const;

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

describe("lightline keys", () => {
  const folder = new Folder();
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open();
    await server.admin.setFactoryNetwork(PRODUCT.name, new Uint8Array(40).fill(7));
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.live(await fixture.light());
  });
  afterEach(() => server.close());
  after(() => folder.remove());

  const keyFile = (name: string) => join(server.dataDir, "keys", name);
  const keyFiles = () => readdirSync(join(server.dataDir, "keys")).sort();
  const show = async () => {
    const ended = await runCommand("keys", "show", "--data", server.dataDir, "--json");
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    return JSON.parse(ended.out) as Shown;
  };
  const rotate = () => runCommand("keys", "rotate", "--data", server.dataDir, "--yes", "--json");
  /** Which master keys the database's values name. */
  const sealIds = (): string[] => {
    const file = new Database(join(server.dataDir, "lightline.sqlite"));
    const ids = SEALED.flatMap(([table, column]) =>
      (file.prepare(`select ${column} as sealed from ${table}`).all() as { sealed: Buffer }[]).map(({ sealed }) =>
        sealed.subarray(0, 8).toString("hex"),
      ),
    );
    file.close();
    assert.ok(ids.length >= SEALED.length);
    return [...new Set(ids)].sort();
  };
  /** The fixture of before lights another unit, and the unit of before says hello under its key. */
  const isWhole = async () => {
    assert.equal(await TestDevice.make(server, 9).live(await fixture.light()), "PR-0002");
    device.token = new Uint8Array(0);
    assert.equal((await device.hello())[1], 4);
  };
  const verifies = async (name: string) => {
    const { blessing } = await server.admin.unit(name);
    const file = folder.write(JSON.stringify(blessing));
    return (await runCommand("verify", file, "--data", server.dataDir)).code === 0;
  };

  describe("show", () => {
    it("prints the public key, for people and for programs, and nothing secret", async () => {
      const { keys } = await show();
      const { id, current, publicKey, madeAt } = keys[0]!;
      assert.deepEqual([keys.length, id, current], [1, server.signingKeyId, true]);
      assert.equal(madeAt, "2026-01-01T00:00:00.000Z");
      assert.equal(publicKey, readFileSync(keyFile(`signing-${id}.pub.pem`), "utf8"));
      const { out } = await runCommand("keys", "show", "--data", server.dataDir);
      assert.ok(out.startsWith(`Signing key ${id} of 2026`) && out.includes(publicKey));
      const secret = readFileSync(keyFile(`signing-${id}.pem`), "utf8").split("\n")[1] as string;
      const master = readFileSync(keyFile(keyFiles().find((name) => name.startsWith("master"))!));
      for (const said of [out, JSON.stringify(keys)]) {
        assert.doesNotMatch(said, /PRIVATE/);
        assertHides(said, { master, signing: Buffer.from(secret, "base64").subarray(-32) });
      }
    });

    it("makes no data folder where there is none, exit 3", async () => {
      for (const command of [["show"], ["rotate", "--yes"]]) {
        const ended = await runCommand("keys", ...command, "--data", folder.path("none"));
        assert.match(ended.err, /^DATA_MISSING: .*lightline serve/);
        assert.deepEqual([ended.code, ended.out, existsSync(folder.path("none"))], [3, "", false]);
      }
    });
  });

  describe("rotate", () => {
    it("asks twice, exit 2", async () => {
      const before = keyFiles();
      const ended = await runCommand("keys", "rotate", "--data", server.dataDir);
      assert.match(ended.err, /^NOT_CONFIRMED: .*--yes/);
      assert.deepEqual([ended.code, ended.out], [2, ""]);
      assert.deepEqual(keyFiles(), before);
    });

    it("signs and seals by new keys; what the old ones did holds", async () => {
      const old = server.signingKeyId;
      const [oldSeal] = sealIds();
      const ended = await rotate();
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      const { signingKeyId, resealed } = JSON.parse(ended.out) as { signingKeyId: string; resealed: number };
      await server.restart();
      assert.equal(server.signingKeyId, signingKeyId);
      assert.notEqual(signingKeyId, old);
      const seals = sealIds();
      assert.ok(resealed >= SEALED.length && seals.length === 1 && seals[0] !== oldSeal);
      assert.deepEqual(
        (await show()).keys.map(({ id, current }) => [id, current]),
        [
          [old, false],
          [signingKeyId, true],
        ],
      );
      await isWhole();
      assert.ok((await verifies(device.name)) && (await verifies(TestDevice.make(server, 9).name)));
      assert.deepEqual(await server.events("keys"), ["keys rotated"]);
      assert.deepEqual(await server.admin.verifyAudit(), []);
    });

    it("keeps the old public key and the old master key, not the old secret that signed", async () => {
      const [id, before] = [server.signingKeyId, keyFiles()];
      await rotate();
      const gone = before.filter((name) => !keyFiles().includes(name));
      assert.deepEqual(gone, [`signing-${id}.pem`]);
      assert.equal(keyFiles().length, 5);
    });

    it("may be done beside a running server, and again", async () => {
      const running = server.signingKeyId;
      await rotate();
      assert.equal((await rotate()).code, 0);
      await isWhole();
      assert.ok(await verifies(TestDevice.make(server, 9).name));
      assert.equal(server.signingKeyId, running);
      await server.restart();
      assert.equal((await show()).keys.length, 3);
      await TestDevice.make(server, 10).live(await fixture.light());
      assert.ok(await verifies(TestDevice.make(server, 10).name));
    });

    it("loses nothing when it ends before the database names the new keys", async () => {
      const id = server.signingKeyId;
      new Vault(new KeyFolder(server.dataDir)).make(random);
      writeFileSync(keyFile("signing-half.pem.new"), "-----BEG", { mode: 0o600 });
      await server.restart();
      assert.equal(server.signingKeyId, id);
      await isWhole();
    });

    it("loses nothing when it ends while values are sealed anew", async () => {
      for (let tables = 1; tables <= SEALED.length; tables++) {
        const app = await buildApp({ dataDir: server.dataDir });
        let pieces = 0;
        const cut = () => {
          if (++pieces === tables) throw new Error("the power went");
        };
        await assert.rejects(app.admin.rotateKeys(cut), /the power went/);
        assert.ok(tables === SEALED.length || sealIds().length > 1);
        await app.close();
      }
      await server.restart();
      await isWhole();
      await rotate();
      assert.equal(sealIds().length, 1);
    });
  });

  describe("a server", () => {
    const serve = () => runCommand("serve", "--data", server.dataDir, "--port", "0");

    it("does not start with a key missing, and names its file, exit 3", async () => {
      await rotate();
      await server.stop();
      for (const name of keyFiles()) {
        const content = readFileSync(keyFile(name));
        rmSync(keyFile(name));
        const ended = await serve();
        assert.match(ended.err, new RegExp(`^KEYS_MISSING: .*${name}`));
        assert.equal(ended.code, 3);
        writeFileSync(keyFile(name), content, { mode: 0o600 });
      }
      rmSync(keyFile(""), { recursive: true });
      assert.match((await serve()).err, /^KEYS_MISSING: /);
      assert.ok(!existsSync(keyFile("")));
    });

    it("does not start with another key under a key's name", async () => {
      await server.stop();
      for (const prefix of ["master-", "signing-"]) {
        const name = keyFiles().find((file) => file.startsWith(prefix) && !file.includes(".pub.")) as string;
        const content = readFileSync(keyFile(name));
        const other = new Folder();
        const made = new Vault(new KeyFolder(other.dir)).make(random);
        const { id } = made.find(({ kind }) => `${kind}-` === prefix)!;
        writeFileSync(keyFile(name), readFileSync(join(other.dir, "keys", name.replace(/-[0-9a-f]+/, `-${id}`))));
        assert.match((await serve()).err, new RegExp(`^KEYS_MISSING: .*${name} holds another key`));
        writeFileSync(keyFile(name), content);
        other.remove();
      }
    });

    it("does not start with keys that others may read, and says how to close them, exit 3", async function () {
      if (process.platform === "win32") return this.skip();
      await server.stop();
      for (const [path, mode] of [
        ["", 0o750],
        ["", 0o701],
        ...keyFiles().map((name) => [name, 0o640] as const),
        [keyFiles()[0] as string, 0o602],
      ] as const) {
        chmodSync(keyFile(path), mode);
        const ended = await serve();
        assert.match(
          ended.err,
          new RegExp(`^KEYS_EXPOSED: ${keyFile(path).replace(/\/$/, "")} is open to other users`),
        );
        assert.equal(ended.code, 3);
        execSync(/run {2}(.*) {2}and/.exec(ended.err)?.[1] as string);
        await server.start();
        await server.stop();
      }
    });

    it("does not take an earlier version's database for its own", async () => {
      await server.stop();
      for (const end of ["", "-wal", "-shm"]) rmSync(join(server.dataDir, "lightline.sqlite" + end), { force: true });
      const db = new Kysely<Tables>({ dialect: sqliteDialect(server.dataDir) });
      await migrate(db, "sqlite", 1);
      await db.insertInto("products").values({ name: "probe", config: "{}", network: null, serials: 0 }).execute();
      await db.destroy();
      const ended = await serve();
      assert.match(ended.err, /^KEYS_MISSING: .*earlier version/);
      assert.equal(ended.code, 3);
    });
  });
});

describe("a server's transactions", () => {
  it("wait for those of a command beside it", async () => {
    const server = await TestServer.open();
    const file = JSON.stringify(join(server.dataDir, "lightline.sqlite"));
    // As busy as no command is: what reads first and writes then would now and then find that it came too late.
    const command = new Worker(
      `const Database = require("better-sqlite3"), { parentPort } = require("node:worker_threads");
       const file = new Database(${file}), end = Date.now() + 1500;
       parentPort.postMessage("begun");
       while (Date.now() < end) file.exec("begin immediate; update products set serials = serials; commit");
       file.close();`,
      { eval: true },
    );
    const ended = new Promise((resolve) => command.once("exit", resolve));
    await new Promise((resolve) => command.once("message", resolve));
    const fixture = await TestFixture.add(server);
    let running = true;
    void ended.then(() => (running = false));
    for (let n = 1; running; n++) await TestDevice.make(server, n).live(await fixture.light());
    assert.equal(await ended, 0);
    await server.close();
  });
});
