// SPDX-License-Identifier: Apache-2.0
// The operators' commands over a folder with units in every way to end: lists, pages, exports, an engineer's word, a broken log.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PhaseOutcome } from "../../firmware/core/protocol/codes.js";
import { ResultsWriter } from "../../firmware/core/protocol/results.js";
import { runCommand } from "../tools/run-command.js";
import { onEachDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";
import { assertHides, Folder } from "../tools-store/store-bench.js";

interface Listed {
  readonly units: readonly { readonly deviceId: string; readonly state: string; readonly serial: string | null }[];
  readonly next: string | null;
}

onEachDatabase("the operators' commands", () => {
  const folder = new Folder();
  let server: TestServer;
  let fixture: TestFixture;
  let token: Uint8Array;
  const devices: TestDevice[] = [];

  before(async () => {
    server = await TestServer.open();
    if (server.database.url !== undefined) process.env.DATABASE_URL = server.database.url;
    fixture = await TestFixture.add(server);
    for (let n = 1; n <= 5; n++) {
      const device = TestDevice.make(server, n);
      devices.push(device);
      await server.clock.advance(1000);
      await device.live((token = await fixture.light()));
    }
    const failed = TestDevice.make(server, 6);
    devices.push(failed);
    await failed.hello(await fixture.light());
    const writer = new ResultsWriter();
    writer.measurement('=cmd|"x",1', 2.5);
    writer.phase("supply", PhaseOutcome.Fail, 1);
    await failed.results(writer.take());
    await failed.bless(0);
    await fixture.light();
  });
  after(async () => {
    delete process.env.DATABASE_URL;
    await server.close();
    folder.remove();
  });

  const run = (...args: string[]) => runCommand(...args, "--data", server.dataDir);
  const json = async <Facts>(...args: string[]): Promise<Facts> => {
    const ended = await run(...args, "--json");
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    return JSON.parse(ended.out) as Facts;
  };

  it("list units as a table and as JSON, by state, product and time", async () => {
    const { out } = await run("units");
    assert.match(out, /^serial +device id +product +group +state/);
    assert.match(out, /PR-0001 +000030aea4000001 +probe +production +shippable/);
    const { units, next } = await json<Listed>("units");
    assert.deepEqual([units.length, next], [6, null]);
    const failed = await json<Listed>("units", "--state", "failed");
    assert.deepEqual(
      failed.units.map(({ deviceId }) => deviceId),
      [devices[5]?.name],
    );
    assert.equal((await json<Listed>("units", "--product", "other")).units.length, 0);
    assert.equal((await json<Listed>("units", "--since", "2026-01-01T00:00:04Z")).units.length, 3);
    assert.equal((await run("units", "--product", "other")).out, "No units.\n");
  });

  it("list in pages that join without a gap", async () => {
    const seen: string[] = [];
    for (let cursor: string[] = [], more = true; more;) {
      const { units, next } = await json<Listed>("units", "--limit", "4", ...cursor);
      seen.push(...units.map(({ deviceId }) => deviceId));
      more = next !== null;
      cursor = ["--cursor", next as string];
    }
    assert.deepEqual(
      seen,
      devices.map(({ name }) => name),
    );
    assert.match((await run("units", "--limit", "4")).out, /\nMore: --cursor \S+\n$/);
  });

  it("show one unit, its runs, the groups and the tokens, and no secret", async () => {
    const device = devices[0] as TestDevice;
    const { unit } = await json<{ unit: { serial: string; blessing: { signature: string } } }>("units", device.name);
    assert.equal(unit.serial, "PR-0001");
    assert.match(unit.blessing.signature, /^[0-9a-f]{128}$/);
    const { runs } = await json<{ runs: { verdict: string; attempts: unknown[] }[] }>("runs", device.name);
    assert.deepEqual([runs.length, runs[0]?.verdict, runs[0]?.attempts.length], [1, "passed", 2]);
    const { groups } = await json<{ groups: { kind: string; units: number }[] }>("groups");
    assert.deepEqual(
      groups.map(({ kind, units }) => [kind, units]),
      [
        ["development", 0],
        ["dut", 1],
        ["production", 5],
        ["test-dut", 0],
        ["test-production", 0],
        ["fixture", 0],
        ["test-fixture", 0],
      ],
    );
    // The command goes by this machine's clock, which is past the test's.
    const { tokens } = await json<{ tokens: { state: string }[] }>("tokens");
    assert.deepEqual(tokens.map(({ state }) => state).sort(), ["expired", ...Array<string>(6).fill("used")]);
    const { sessionKey, deviceKey } = device;
    const secrets = { token, sessionKey, deviceKey: deviceKey as Uint8Array, fixture: fixture.key };
    for (const args of [["units"], ["units", device.name], ["runs", device.name], ["tokens"], ["audit"]])
      for (const form of [[], ["--json"]]) {
        const { code, out } = await run(...args, ...form);
        assert.equal(code, 0);
        assertHides(out, secrets);
      }
  });

  it("export units and measurements, as CSV that no spreadsheet takes for a formula, and as JSON lines", async () => {
    const [csv, jsonl] = [folder.path(), folder.path()];
    assert.equal((await json<{ rows: number }>("export", "units", "--csv", csv)).rows, 6);
    const lines = readFileSync(csv, "utf8").split("\n");
    assert.equal(lines[0], "deviceId,product,group,state,serial,fixture,slot,changedAt");
    assert.match(lines[1] ?? "", /^000030aea4000001,probe,production,shippable,PR-0001,/);
    assert.equal((await json<{ rows: number }>("export", "measurements", "--jsonl", jsonl)).rows, 11);
    const rows = readFileSync(jsonl, "utf8").trim().split("\n");
    const first = JSON.parse(rows[0] as string) as { name: string; value: number; serial: string };
    assert.deepEqual([rows.length, first.name, first.value, first.serial], [11, "supply", 3.3, "PR-0001"]);
    await run("export", "measurements", "--csv", csv, "--force");
    assert.match(readFileSync(csv, "utf8"), /,supply,1,1,"'=cmd\|""x"",1",2\.5\n$/);
  });

  for (const [what, args, code, exit] of [
    ["a unit that nobody saw", ["units", "00"], "UNKNOWN_UNIT", 3],
    ["the runs of such a unit", ["runs", "00"], "UNKNOWN_UNIT", 3],
    ["a cursor of another list", ["audit", "--cursor", "IjAwIg"], "CURSOR_UNKNOWN", 3],
    ["a cursor that is none", ["units", "--cursor", "!"], "CURSOR_UNKNOWN", 3],
    ["an export to nowhere", ["export", "units"], "EXPORT_TARGET", 2],
    ["an unblessing without --yes", ["unbless", "000030aea4000001", "--reason", "x", "--key", "x"], "NOT_CONFIRMED", 2],
    ["a blank reason", ["scrap", "000030aea4000001", "--reason", " ", "--yes"], "REASON_MISSING", 2],
    [
      "an unblessing of what was never blessed",
      ["unbless", "000030aea4000006", "--reason", "x", "--key", "x", "--yes"],
      "UNIT_STATE",
      3,
    ],
  ] as const)
    it(`answer ${what} with ${code}, exit ${exit}`, async () => {
      const ended = await run(...args);
      assert.match(ended.err, new RegExp(`^${code}: `));
      assert.deepEqual([ended.code, ended.out], [exit, ""]);
    });

  it("answer a state, a limit and a time that are none, exit 2", async () => {
    for (const args of [
      ["--state", "good"],
      ["--limit", "501"],
      ["--limit", "0"],
      ["--since", "yesterday"],
    ])
      assert.equal((await run("units", ...args)).code, 2);
    assert.equal((await run("unbless", "000030aea4000001", "--yes")).code, 2, "no reason");
    const none = await runCommand("units", "--data", folder.path("none"));
    assert.match(none.err, /^DATA_MISSING: /);
    assert.deepEqual([none.code, existsSync(folder.path("none"))], [3, false]);
  });

  it("unbless and scrap, with the reason in the log", async () => {
    const [first, second] = devices as [TestDevice, TestDevice];
    const { key } = await json<{ key: string }>("groups", "unbless-key", "production");
    const word = ["--reason", "flash replaced", "--yes"];
    const released = await json<object>("unbless", first.name.toUpperCase(), "--key", key, ...word);
    assert.deepEqual(released, { deviceId: first.name, state: "unblessed" });
    await json("scrap", second.name, "--reason", "cracked", "--yes");
    const states = (await json<Listed>("units")).units.map(({ state }) => state);
    assert.deepEqual(states.slice(0, 2), ["unblessed", "scrapped"]);
    const { audit } = await json<{ audit: { event: string; detail: object }[] }>("audit", second.name);
    const by = "the server's own machine";
    assert.deepEqual(audit.find(({ event }) => event === "engineer")?.detail, { reason: "cracked", by });
  });

  it("sign the log as it is, and tell later what was taken from it; exit 3", async () => {
    const file = folder.path("checkpoint.json");
    assert.equal((await run("audit", "--checkpoint", file)).code, 0);
    await server.apiKeys.add("one more row", "viewer");
    assert.deepEqual(await json("audit", "--verify", "--against", file), { whole: true, broken: [], kept: true });

    const forged = folder.path("forged.json");
    writeFileSync(forged, readFileSync(file, "utf8").replace(/rows\\":/, "$&1"));
    const none = folder.path("none.json");
    for (const [args, code, exit] of [
      [["--verify", "--against", forged], "CHECKPOINT_REFUSED", 3],
      [["--verify", "--against", none], "CHECKPOINT_UNREADABLE", 2],
      [["--checkpoint", file], "FILE_EXISTS", 2],
    ] as const) {
      const ended = await run("audit", ...args);
      assert.deepEqual([ended.err.split(":")[0], ended.code, ended.out], [code, exit, ""]);
    }

    const unlock =
      server.database.url === undefined ? "drop trigger audit_kept" : "alter table audit disable trigger user";
    const [last] = await server.database.rows<{ id: number }>(
      "select max(id) as id from audit where event = 'granted'",
    );
    const later = `device_id = (select device_id from audit where id = ${last?.id}) and id >= ${last?.id}`;
    await server.database.exec(`${unlock}; delete from audit where ${later}`);
    assert.deepEqual(await json("audit", "--verify"), { whole: true, broken: [] }, "a chain cut short is whole");
    const ended = await run("audit", "--verify", "--against", file);
    assert.equal(ended.out, `Rows that ${file} signed were changed or taken away.\n`);
    assert.equal(ended.code, 3);
  });

  it("verify the log's chains; exit 3 names the rows that were changed", async () => {
    assert.deepEqual(await json("audit", "--verify"), { whole: true, broken: [] });
    const unlock =
      server.database.url === undefined ? "drop trigger audit_fixed" : "alter table audit disable trigger user";
    await server.database.exec(`${unlock}; update audit set event = 'x' where id = 5`);
    const ended = await run("audit", "--verify");
    assert.match(ended.out, /^Row 5 \([0-9a-f]{16}, "x"\) does not follow/);
    assert.equal(ended.code, 3);
    const signing = await run("audit", "--checkpoint", folder.path("broken.json"));
    assert.match(signing.err, /^AUDIT_BROKEN: /);
  });
});
