// SPDX-License-Identifier: Apache-2.0
// A disk that is full, a database that another program holds, that is damaged, gone or newer: told clearly, and nothing lost.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { sql } from "kysely";
import pg from "pg";
import { buildApp } from "../../server/app.js";
import { openDatabase } from "../../server/store/database.js";
import { storageFault } from "../../server/store/storage-fault.js";
import { onDatabase, onEachDatabase } from "../tools/test-database.js";
import type { TestServer as Posts } from "../tools/test-server.js";
import { TestServer } from "../tools/test-server.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE_BYTES = 4096;

/** What an engineer's write gets back over HTTP. */
async function scrap(server: TestServer, deviceId: string) {
  const key = await server.apiKeys.add("engineer", "engineer");
  return () =>
    server.http.inject({
      method: "POST",
      url: `/v1/units/${deviceId}/scrap`,
      headers: { authorization: `Bearer ${key}` },
      payload: { reason: "broken" },
    });
}

onEachDatabase("a newer database", () => {
  it("is left alone, and told", async () => {
    const server = await TestServer.open();
    await server.stop();
    await server.database.exec("update version set number = number + 1");
    await assert.rejects(server.start(), { code: "DATABASE_NEWER" });
    await server.database.exec("update version set number = number - 1");
    await server.start();
    await server.close();
  });
});

onDatabase("SQLite", "a database file", () => {
  let server: TestServer;
  beforeEach(async () => void (server = await TestServer.open()));
  afterEach(() => server.close());

  it("that another program holds is told of, and works once it is let go", async () => {
    const device = TestDevice.make(server);
    await device.hello(await (await TestFixture.add(server)).light());
    const ask = await scrap(server, device.name);
    const other = new Database(join(server.dataDir, "lightline.sqlite"));
    other.exec("begin immediate");
    const refused = await ask();
    assert.deepEqual([refused.statusCode, refused.json<{ code: string }>().code], [503, "DATABASE_LOCKED"]);
    other.exec("rollback");
    other.close();
    assert.equal((await ask()).statusCode, 200);
  });

  for (const [what, at] of [
    ["its first page", () => 0],
    ["a page in its middle", (bytes: number) => Math.floor(bytes / 2 / PAGE_BYTES) * PAGE_BYTES],
  ] as const)
    it(`with ${what} damaged does not open, and is not changed`, async () => {
      await server.stop();
      const path = join(server.dataDir, "lightline.sqlite");
      const { size } = statSync(path);
      const file = openSync(path, "r+");
      writeSync(file, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, at(size));
      closeSync(file);
      await assert.rejects(server.start(), { code: "DATABASE_DAMAGED" });
      assert.equal(statSync(path).size, size);
    });
});

onDatabase("PostgreSQL", "a database that fails", () => {
  let server: TestServer;
  let device: TestDevice;
  beforeEach(async () => {
    server = await TestServer.open();
    device = TestDevice.make(server);
    await device.hello(await (await TestFixture.add(server)).light());
  });
  afterEach(() => server.close());

  for (const [state, code] of [
    ["53100", "DATABASE_FULL"],
    ["XX001", "DATABASE_DAMAGED"],
    ["57P01", "DATABASE_GONE"],
  ] as const)
    it(`with ${state} is told as ${code}, and goes on when it does`, async () => {
      const ask = await scrap(server, device.name);
      await server.database.exec(`
        create function fail() returns trigger language plpgsql as $$ begin raise exception 'it fails' using errcode = '${state}'; end $$;
        create trigger fail before insert on audit execute function fail()`);
      const refused = await ask();
      const stranger = await server.post(3, new Uint8Array(1));
      await server.database.exec("drop trigger fail on audit; drop function fail");
      assert.deepEqual([refused.statusCode, refused.json<{ code: string }>().code], [503, code]);
      assert.deepEqual([stranger.status, stranger.bytes.length], [503, 0]);
      assert.equal((await ask()).statusCode, 200);
    });

  it("whose connections all break takes the next message", async () => {
    await server.database.breakConnections();
    await device.results();
    assert.deepEqual(await server.admin.verifyAudit(), []);
  });

  it("whose connections break between two statements of a turn fails that turn alone", async () => {
    const db = await openDatabase(server.dataDir, server.database.url);
    const turn = (between: () => Promise<void>) =>
      db.transaction().execute(async (trx) => {
        await sql`select 1`.execute(trx);
        await between();
        await sql`select 2`.execute(trx);
      });
    const broken = async () => {
      await server.database.breakConnections();
      await setTimeout(50);
    };
    // More often than there are connections: a broken one is not kept.
    for (let time = 0; time < 10; time++)
      await assert.rejects(turn(broken), (error) => storageFault(error)?.code === "DATABASE_GONE");
    await turn(() => Promise.resolve());
    await db.destroy();
  });

  it("that another program keeps locked is told of within 10 s", async () => {
    const ask = await scrap(server, device.name);
    const other = new pg.Client({ connectionString: server.database.url });
    await other.connect();
    await other.query("begin; lock table units in access exclusive mode");
    const refused = await ask();
    await other.end();
    assert.deepEqual([refused.statusCode, refused.json<{ code: string }>().code], [503, "DATABASE_LOCKED"]);
    assert.equal((await ask()).statusCode, 200);
  });
});

/** A small file system of its own, which the kernel gives whoever may have namespaces. */
const FULL_DISK = `
  mount -t tmpfs -o size=2m none "$1" && cp -a "$2/." "$1" && shift 2 || exit 9
  "$@" &
  while read order; do
    if [ "$order" = fill ]; then head -c 8m /dev/zero > "$DISK/filler" 2>/dev/null; else rm "$DISK/filler"; fi
    echo "done $order"
  done
  kill $!; wait`;

const mayMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/tmp"]).status === 0;
if (!mayMount) console.warn("SKIPPED: a full disk was not tried; unshare -rm cannot mount one here.");

(mayMount ? describe : describe.skip)("a full disk", () => {
  const parent = mkdtempSync(join(tmpdir(), "lightline-test-"));
  let child: ChildProcess;
  let said = "";
  after(async () => {
    child.stdin?.end();
    await new Promise((resolve) => child.once("exit", resolve));
    rmSync(parent, { recursive: true });
  });

  const saying = async (text: RegExp): Promise<RegExpExecArray> => {
    for (let found = text.exec(said); ; found = text.exec(said)) {
      if (found) return found;
      await new Promise((resolve) => child.stdout?.once("data", resolve));
    }
  };

  it("answers 503 and says why, keeps what it answered, and goes on once there is room", async () => {
    const [kept, disk] = [join(parent, "kept"), join(parent, "disk")];
    mkdirSync(disk);
    const app = await buildApp({ dataDir: kept });
    const product = { name: "hello-sensor", serialFormat: "HS-####", measurements: [], leaseS: 900, tokenS: 180 };
    await app.admin.putProduct(product);
    const { id, key } = await app.admin.addFixture("hello-sensor");
    await app.close();
    const serve = [process.execPath, "bench/lightline.mjs", "serve", "--data", disk, "--port", "0", "--json"];
    child = spawn("unshare", ["-rm", "sh", "-c", FULL_DISK, "sh", disk, kept, ...serve], {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: "", DISK: disk },
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdout?.on("data", (piece) => (said += String(piece)));
    const url = (await saying(/"url":"([^"]+)"/))[1] as string;
    const server = overHttp(url);
    const fixture = new TestFixture(server, id, key);
    const device = TestDevice.make(server);
    const welcome = await device.hello(await fixture.light());

    child.stdin?.write("fill\n");
    await saying(/done fill/);
    let status = 200;
    for (let attempt = 0; status === 200 && attempt < 200; attempt++)
      status = await fixture.light().then(
        () => 200,
        () => 503,
      );
    assert.equal(status, 503);
    await saying(/"code":"DATABASE_FULL"/);
    await saying(/"method":"POST","route":"\/v1\/messages\/:type","type":1,"status":503,"ms":\d+,"msg":"answered"/);
    assert.deepEqual(await device.repeat(), welcome);

    child.stdin?.write("free\n");
    await saying(/done free/);
    fixture.number++;
    await fixture.light();
    await device.results();
  });
});

function overHttp(url: string): Posts {
  const post = async (type: number, bytes: Uint8Array) => {
    const headers = { "content-type": "application/octet-stream" };
    const answer = await fetch(`${url}/v1/messages/${type}`, { method: "POST", headers, body: bytes });
    return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
  return { post } as unknown as Posts;
}
