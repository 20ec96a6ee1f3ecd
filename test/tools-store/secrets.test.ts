// SPDX-License-Identifier: Apache-2.0
// No secret comes out where it is not to: not into a log, an audit log, a report or the database, in whatever form.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import Database from "better-sqlite3";
import { pino } from "pino";
import { goodBatch } from "../../bench/server/life-client.js";
import { IdentityKind } from "../../firmware/store/kinds.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { openDataFolder } from "../../server/data-folder.js";
import { REDACT } from "../../server/http/redact.js";
import { runCommand } from "../tools/run-command.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import type { TestServer } from "../tools/test-server.js";
import { ADDRESS, assertHides, assertShows, Folder, logOf, PRODUCT_DIR } from "./store-bench.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const SSID = "Fabrik Süd";
const PASSWORD = "höchst geheim";

/** lightline serve, as the user runs it. */
class Serving {
  private readonly pieces: Buffer[] = [];
  private readonly child;

  constructor(dataDir: string) {
    const args = ["serve", "--data", dataDir, "--port", "0", "--json", "--log-level", "trace"];
    this.child = spawn(process.execPath, [join(ROOT, "bench/lightline.mjs"), ...args], { cwd: ROOT });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on("data", (piece: Buffer) => this.pieces.push(piece));
  }

  get said(): Buffer {
    return Buffer.concat(this.pieces);
  }

  async url(): Promise<string> {
    for (;;) {
      const found = /"url":"([^"]+)"/.exec(this.said.toString())?.[1];
      if (found) return found;
      assert.equal(this.child.exitCode, null, this.said.toString());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async post(url: string, type: number | string, bytes: Uint8Array) {
    const headers = { "content-type": "application/octet-stream" };
    const answer = await fetch(`${url}/v1/messages/${type}`, { method: "POST", headers, body: bytes });
    return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGTERM");
    await closed;
  }
}

/** The whole audit log, and every byte of the database. */
function keptIn(dataDir: string): Buffer {
  const path = join(dataDir, "lightline.sqlite");
  const file = new Database(path);
  const audit = JSON.stringify(file.prepare("select * from audit").all());
  file.close();
  return Buffer.concat([Buffer.from(audit), readFileSync(path)]);
}

/** Every secret that a data folder keeps sealed, opened. */
async function sealedSecrets(dataDir: string): Promise<{ [name: string]: Uint8Array }> {
  const { db, vault } = await openDataFolder(dataDir, (bytes) => new Uint8Array(bytes), 0);
  const secrets: { [name: string]: Uint8Array } = {};
  for (const table of ["fixtures", "tokens", "sessions", "grants"] as const)
    for (const { key } of await db.selectFrom(table).select("key").execute())
      secrets[`${table} ${Object.keys(secrets).length}`] = vault.open(key);
  for (const { network } of await db.selectFrom("products").select("network").execute())
    if (network) secrets.network = vault.open(network);
  await db.destroy();
  return secrets;
}

describe("secrets", function () {
  this.timeout(90_000);
  const folder = new Folder();
  after(() => folder.remove());

  it("stay out of what serve logs at its most talkative, out of the audit log, and out of the database", async () => {
    const dataDir = folder.path("serving");
    const serving = new Serving(dataDir);
    try {
      const url = await serving.url();
      const image = folder.path("fixture.bin");
      const args = ["--product", PRODUCT_DIR, "--data", dataDir, "--board", "virtual", "--out", image];
      const added = await runCommand("fixture", "add", ...args, "--ssid", SSID, "--password", PASSWORD);
      assert.equal(added.code, 0, added.err);
      const flash = new NorFlash(ADDRESS, new Uint8Array(readFileSync(image)));
      const identity = logOf(flash, "identity").read(IdentityKind.Fixture) as Uint8Array;
      const server = { post: (type: number, bytes: Uint8Array) => serving.post(url, type, bytes) } as TestServer;

      const fixture = new TestFixture(server, identity.slice(0, 8), identity.slice(8));
      const token = await fixture.light();
      const device = TestDevice.make(server);
      await device.hello(token);
      await device.results(goodBatch());
      await device.bless();
      await device.acknowledge();
      await device.prove();
      assert.match(device.serial, /^HS-/);
      const { sessionKey, deviceKey } = device;
      // What goes wrong is logged more than what goes right.
      const crossed = TestDevice.make(server, 2);
      crossed.token = token;
      await crossed.hello();
      for (const [type, bytes] of [
        [1, fixture.request.map((byte, i) => (i === 40 ? byte ^ 1 : byte))],
        [3, token],
        ["x", token],
        [5, new Uint8Array(9000).fill(token[0] as number)],
      ] as const)
        assert.ok((await serving.post(url, type, bytes)).status >= 400);
      await serving.stop();

      const text = { ssid: Buffer.from(SSID), password: Buffer.from(PASSWORD) };
      const keys = { Kf: fixture.key, token, sessionKey, deviceKey: deviceKey as Uint8Array };
      assert.ok(serving.said.includes('"level":'), "something is logged");
      assertHides(Buffer.concat([serving.said, Buffer.from(added.out + added.err)]), { ...text, ...keys });
      assertHides(keptIn(dataDir), { ...text, ...keys });
      assertHides(keptIn(dataDir), await sealedSecrets(dataDir));
    } finally {
      await serving.stop();
    }
  });

  it("stay out of what a whole line reports and keeps", async () => {
    const keep = folder.path("line");
    const ended = await runCommand("line", "--duts", "2", "--fail-rate", "0.5", "--json", "--keep", keep);
    assert.equal(ended.code, 0, ended.err);
    const dataDir = join(keep, "data");
    const secrets = await sealedSecrets(dataDir);
    assert.ok(Object.keys(secrets).length >= 7, "a fixture, tokens, sessions, a grant, a network");
    assertHides(ended.out + ended.err, secrets);
    assertHides(keptIn(dataDir), secrets);
  });

  it("are cut out of a log line that should ever name them", () => {
    let said = "";
    const stream = new Writable({ write: (piece, _encoding, done) => ((said += String(piece)), done()) });
    const log = pino({ level: "trace", redact: REDACT }, stream);
    log.info({ password: PASSWORD, fixture: { key: "k1k1k1k1", id: "f0" } });
    log.error({ turn: { product: { network: { ssid: SSID }, token: "t1t1t1t1" } } });
    log.warn({ request: { body: "b1b1b1b1", headers: { authorization: "a1a1a1a1" } } });
    for (const secret of [PASSWORD, SSID, "k1k1k1k1", "t1t1t1t1", "b1b1b1b1", "a1a1a1a1"])
      assert.ok(!said.includes(secret), secret);
    assert.match(said, /"id":"f0"/);
    assert.match(said, /\[secret\]/);
  });

  it("would be found by this search", () => {
    const secret = Uint8Array.from({ length: 16 }, (_, i) => 255 - 7 * i);
    const bytes = Buffer.from(secret);
    for (const before of [0, 1, 2, 3])
      for (const form of ["hex", "base64", "base64url"] as const)
        assertShows(
          `... ${Buffer.concat([Buffer.alloc(before, 9), bytes, Buffer.alloc(2, 9)]).toString(form)} ...`,
          secret,
        );
    assertShows(bytes.toString("hex").toUpperCase(), secret);
    assertShows(Buffer.concat([Buffer.alloc(5), bytes]), secret);
    assertHides("nothing of the kind", { secret });
  });
});
