// SPDX-License-Identifier: Apache-2.0
// The operators' HTTP routes: who may what, pages, every refusal told apart, and no secret in any answer.
import assert from "node:assert/strict";
import type { Role } from "../../server/operators/api-keys.js";
import { ROLES } from "../../server/operators/api-keys.js";
import { runCommand } from "../tools/run-command.js";
import { onEachDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";
import { assertHides } from "../tools-store/store-bench.js";

interface Listed {
  readonly units: readonly { readonly deviceId: string; readonly state: string }[];
  readonly next: string | null;
}

const UNIT = "000030aea4000001";
const GETS: readonly (readonly [string, Role])[] = [
  ["/v1/units", "viewer"],
  [`/v1/units/${UNIT}`, "viewer"],
  [`/v1/units/${UNIT}/runs`, "viewer"],
  ["/v1/groups", "viewer"],
  ["/v1/tokens", "operator"],
  ["/v1/audit", "operator"],
  ["/v1/webhooks", "engineer"],
];

onEachDatabase("the operators' routes", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let token: Uint8Array;
  const devices: TestDevice[] = [];
  const keys = new Map<Role, string>();

  before(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    for (let n = 1; n <= 5; n++) {
      const device = TestDevice.make(server, n);
      devices.push(device);
      await device.live((token = await fixture.light()));
    }
    for (const role of ROLES) keys.set(role, await server.apiKeys.add(`the ${role}`, role));
  });
  after(() => server.close());

  const ask = async (
    url: string,
    options: { key?: string; method?: "GET" | "POST"; body?: object; from?: string } = {},
  ) => {
    const { key, method = "GET", body, from = "192.0.2.1" } = options;
    const answer = await server.http.inject({
      url,
      method,
      remoteAddress: from,
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      ...(body ? { payload: body } : {}),
    });
    const said = answer.json<{ code: string; message: string }>();
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, ...said };
  };
  const as = (role: Role, url: string) => ask(url, { key: keys.get(role) as string });
  const page = async (url: string): Promise<Listed> => JSON.parse((await as("viewer", url)).text) as Listed;

  for (const [url, role] of GETS)
    it(`${url} takes a key, of ${role} at least`, async () => {
      assert.deepEqual(await ask(url, { from: "127.0.0.1" }).then(({ status, code }) => [status, code]), [
        401,
        "KEY_REQUIRED",
      ]);
      for (const own of ROLES) {
        const { status, code, headers } = await as(own, url);
        const may = ROLES.indexOf(own) >= ROLES.indexOf(role);
        assert.deepEqual([status, code], may ? [200, undefined] : [403, "ROLE_TOO_LOW"], own);
        assert.equal(headers["cache-control"], "no-store");
      }
      await server.clock.advance(60_000);
    });

  it("show no secret to anybody", async () => {
    const { sessionKey, deviceKey } = devices[4] as TestDevice;
    const secrets = { token, sessionKey, deviceKey: deviceKey as Uint8Array, fixture: fixture.key };
    for (const [url] of GETS) {
      const { text } = await as("engineer", url);
      assertHides(text, secrets);
      for (const key of keys.values()) assert.ok(!text.includes(key.slice(5)));
    }
    const stored = await server.database.contents();
    for (const key of keys.values()) assert.ok(!stored.includes(key.slice(5)), "a key is stored as its digest");
  });

  it("list in pages that join, with filters", async () => {
    const seen: string[] = [];
    let next: string | null = "";
    for (let query = "?limit=2"; next !== null; query = `?limit=2&cursor=${next}`) {
      const listed = await page(`/v1/units${query}`);
      seen.push(...listed.units.map(({ deviceId }) => deviceId));
      next = listed.next;
    }
    assert.deepEqual(
      seen,
      devices.map(({ name }) => name),
    );
    assert.equal((await page("/v1/units?state=shippable&product=probe&since=2026-01-01T00:00:00Z")).units.length, 5);
    assert.equal((await page("/v1/units?state=failed")).units.length, 0);
    assert.equal((await page("/v1/units?since=2027-01-01T00:00:00Z")).units.length, 0);
  });

  for (const [url, status, code] of [
    ["/v1/units?limit=0", 400, "REQUEST_INVALID"],
    ["/v1/units?limit=501", 400, "REQUEST_INVALID"],
    ["/v1/units?limit=many", 400, "REQUEST_INVALID"],
    ["/v1/units?sate=failed", 400, "REQUEST_INVALID"],
    ["/v1/units?state=good", 400, "REQUEST_INVALID"],
    ["/v1/units?since=yesterday", 400, "REQUEST_INVALID"],
    ["/v1/units?cursor=!", 400, "CURSOR_UNKNOWN"],
    ["/v1/units/1", 400, "REQUEST_INVALID"],
    ["/v1/units/00000000000000ff", 404, "UNKNOWN_UNIT"],
    ["/v1/units/00000000000000ff/runs", 404, "UNKNOWN_UNIT"],
  ] as const)
    it(`answer ${url} with ${status} ${code}`, async () => {
      const answer = await as("viewer", url);
      assert.deepEqual([answer.status, answer.code], [status, code]);
      assert.deepEqual(Object.keys(JSON.parse(answer.text) as object), ["code", "message"]);
    });

  it("take an engineer's word with its reason, and log whose it was", async () => {
    const [first, second] = devices as [TestDevice, TestDevice];
    const give = (id: string, what: string, role: Role, body: object = { reason: "cracked" }) =>
      ask(`/v1/units/${id}/${what}`, { key: keys.get(role) as string, method: "POST", body });
    assert.deepEqual((await give(first.name, "scrap", "operator")).code, "ROLE_TOO_LOW");
    for (const body of [{}, { reason: " " }, { reason: "x", by: "me" }])
      assert.equal((await give(first.name, "scrap", "engineer", body)).code, "REQUEST_INVALID");
    const reason = " flash replaced ";
    assert.equal((await give(first.name, "unbless", "engineer", { reason })).code, "REQUEST_INVALID");
    const none = await give(first.name, "unbless", "engineer", { reason, key: "x" });
    assert.deepEqual([none.status, none.code], [409, "UNBLESS_KEY_MISSING"]);
    const key = await server.groups.makeUnblessKey(await server.groups.find("production"));
    const wrong = await give(first.name, "unbless", "engineer", { reason, key: key.slice(0, -1) });
    assert.deepEqual([wrong.status, wrong.code], [403, "UNBLESS_KEY_REFUSED"]);
    assert.ok((await server.events(first.name)).includes("unblessing refused"));
    const given = await give(first.name, "unbless", "engineer", { reason, key });
    assert.deepEqual(JSON.parse(given.text), { deviceId: first.name, state: "unblessed" });
    assert.equal((await give(second.name, "scrap", "engineer")).status, 200);
    const again = await give(second.name, "scrap", "engineer");
    assert.deepEqual([again.status, again.code], [409, "UNIT_STATE"]);
    const row = (await server.admin.audit(first.name)).find(({ event }) => event === "engineer");
    const logged = { reason: "flash replaced", by: "API key the engineer" };
    assert.deepEqual(JSON.parse(row?.detail ?? ""), logged);
    const { audit } = JSON.parse((await as("operator", `/v1/audit?chain=${first.name}`)).text) as {
      audit: { event: string; detail: object }[];
    };
    assert.deepEqual(audit.find(({ event }) => event === "engineer")?.detail, logged);
  });

  it("refuse a key that is none, cut, of another number, or revoked", async () => {
    await server.clock.advance(60_000);
    const good = await server.apiKeys.add("short", "viewer");
    const other = good.replace(/^ll_\d+/, "ll_1");
    for (const key of ["", "x", good.slice(0, -1), `${good}x`, other, `ll_99_${"A".repeat(43)}`]) {
      const { status, code } = await ask("/v1/units", { key });
      assert.deepEqual([status, code], [401, "KEY_REFUSED"], key);
    }
    assert.equal((await ask("/v1/units", { key: good })).status, 200);
    await server.apiKeys.revoke("short");
    assert.equal((await ask("/v1/units", { key: good })).code, "KEY_REFUSED");
  });

  it("hear no address for a while that failed ten times in a minute, and every other", async () => {
    await server.clock.advance(60_000);
    const from = "192.0.2.9";
    for (let i = 0; i < 10; i++) assert.equal((await ask("/v1/units", { key: "x", from })).status, 401);
    const closed = await ask("/v1/units", { key: keys.get("viewer") as string, from });
    assert.deepEqual([closed.status, closed.code, closed.headers["retry-after"]], [429, "TOO_MANY_FAILURES", "60"]);
    assert.equal((await as("viewer", "/v1/units")).status, 200);
    await server.clock.advance(60_000);
    assert.equal((await ask("/v1/units", { key: keys.get("viewer") as string, from })).status, 200);
  });

  it("publish their schemas, to anybody", async () => {
    const { routes } = JSON.parse((await ask("/v1/schemas")).text) as {
      routes: { method: string; url: string; role?: string; response: { properties: object } }[];
    };
    const theirs = routes.filter(({ role }) => role);
    const senders = routes.filter(({ role }) => !role).map(({ method, url }) => `${method} ${url}`);
    assert.equal(theirs.length, GETS.length + 12);
    assert.deepEqual(senders, ["POST /v1/setup_tokens", "POST /v5/enroll", "GET /v1/setup_tokens/:id"]);
    for (const { response } of routes) assert.ok(Object.keys(response.properties).length);
  });

  it("say nothing of what went wrong inside", async () => {
    const broken = Object.getOwnPropertyDescriptor(server.admin, "sweep");
    server.admin.sweep = () => Promise.reject(new Error("secret at /home/somebody"));
    const answer = await as("viewer", "/v1/units");
    if (broken) Object.defineProperty(server.admin, "sweep", broken);
    else delete (server.admin as { sweep?: unknown }).sweep;
    assert.deepEqual([answer.status, answer.code], [500, "SERVER_FAULT"]);
    assert.ok(!answer.text.includes("somebody"));
  });

  describe("lightline api-key", () => {
    const command = (...args: string[]) => runCommand("api-key", ...args, "--data", server.dataDir);
    before(() => {
      if (server.database.url !== undefined) process.env.DATABASE_URL = server.database.url;
    });
    after(() => delete process.env.DATABASE_URL);

    it("makes a key that counts at once, lists it unseen, and revokes it", async () => {
      const made = await command("add", "--name", "mes", "--role", "viewer", "--json");
      const { key } = JSON.parse(made.out) as { key: string };
      assert.match(key, /^ll_\d+_[\w-]{43}$/);
      assert.equal((await ask("/v1/units", { key })).status, 200);
      const listed = await command("list", "--json");
      const entry = (JSON.parse(listed.out) as { keys: { name: string; usedAt: string | null }[] }).keys.at(-1);
      assert.deepEqual([entry?.name, entry?.usedAt?.slice(0, 10)], ["mes", "2026-01-01"]);
      for (const { out } of [listed, await command("list")]) assert.ok(!out.includes(key.slice(-43)));
      assert.equal((await command("revoke", "mes")).code, 2);
      assert.equal((await command("revoke", "mes", "--yes")).code, 0);
      assert.equal((await ask("/v1/units", { key })).status, 401);
    });

    for (const [what, args, code, exit] of [
      ["a name that is taken", ["add", "--name", "the viewer", "--role", "viewer"], "KEY_EXISTS", 3],
      ["a name that is none", ["add", "--name", " ", "--role", "viewer"], "KEY_NAME", 3],
      ["a key that nobody made", ["revoke", "nobody", "--yes"], "UNKNOWN_KEY", 3],
      ["a role that is none", ["add", "--name", "x", "--role", "king"], "error", 2],
      ["no role", ["add", "--name", "x"], "error", 2],
    ] as const)
      it(`answers ${what} with ${code}, exit ${exit}`, async () => {
        const ended = await command(...args);
        assert.match(ended.err, new RegExp(`^${code}: `));
        assert.deepEqual([ended.code, ended.out], [exit, ""]);
      });
  });
});
