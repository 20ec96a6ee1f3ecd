// SPDX-License-Identifier: Apache-2.0
// Every published route fed what it does not take: one form of answer, no word of the server's inside, nothing kept.
import assert from "node:assert/strict";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { InjectOptions } from "fastify";
import { onEachDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

interface Schema {
  readonly properties: { readonly [field: string]: unknown };
}

interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly params?: Schema;
  readonly querystring?: Schema;
  readonly body?: Schema;
}

const MIB = 1 << 20;
/** Strange, and yet what somebody may give for a reason. */
const WORDS: readonly unknown[] = ["\u{1F4A1}", "' or 1=1 --"];
const JUNK: readonly unknown[] = [
  ...WORDS,
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    "",
    "x".repeat(5000),
    "\0",
    "\u{1F4A1}",
    "' or 1=1 --",
    [],
    [[]],
    {},
    { a: { b: 1 } },
  ],
];
const BODIES: readonly (readonly [string, string | Buffer])[] = [
  ["application/json", ""],
  ["application/json", "{"],
  ["application/json", "null"],
  ["application/json", "[]"],
  ["application/json", '"text"'],
  ["application/json", '{"__proto__":{"reason":"x"}}'],
  ["application/json", '{"constructor":{"prototype":{}}}'],
  ["application/json", '{"surprise":1}'],
  ["application/json", "[".repeat(2000) + "]".repeat(2000)],
  ["application/json", JSON.stringify({ reason: "x".repeat(MIB) })],
  ["application/x-www-form-urlencoded", "plan_id=1&plan_id=2&type=none"],
  ["text/plain", "reason=x"],
  ["application/octet-stream", Buffer.alloc(MIB)],
  ["no type at all", "{}"],
];
const IDS = ["0", "-1", "00000000000000ff", "zz", "..%2f..%2fetc", "%00", "%", "x".repeat(300), "9".repeat(30), "é"];
const INSIDE = /\bat .*:\d+|node_modules|sqlite|postgres|select |insert |\.ts\b|undefined|\[object/i;

onEachDatabase("every route", () => {
  let server: TestServer;
  let headers: { readonly [name: string]: string };
  let setupHeaders: { readonly [name: string]: string };
  let routes: readonly Route[];
  let device: TestDevice;

  before(async () => {
    server = await TestServer.open();
    headers = { authorization: `Bearer ${await server.apiKeys.add("engineer", "engineer")}` };
    const key = await server.apiKeys.addBlinkup("app", PRODUCT.name);
    setupHeaders = { authorization: `Basic ${Buffer.from(key).toString("base64")}` };
    routes = (await server.http.inject("/v1/schemas")).json<{ routes: Route[] }>().routes;
    device = TestDevice.make(server);
    await device.live(await (await TestFixture.add(server)).light());
  });
  after(() => server.close());

  const headersFor = ({ url }: Route) => (/setup_tokens|enroll/.test(url) ? setupHeaders : headers);
  const at = ({ url }: Route, id = device.name): string => url.replace(":id", id);
  const label = (options: InjectOptions): string => JSON.stringify(options).slice(0, 200);

  /** The answer is a refusal in the one form. */
  async function assertRefused(options: InjectOptions): Promise<void> {
    const answer = await server.http.inject(options);
    assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, `${answer.statusCode} to ${label(options)}`);
    const failure = answer.json<{ code: string; message: string }>();
    assert.deepEqual(Object.keys(failure), ["code", "message"], label(options));
    assert.match(failure.code, /^[A-Z_]+$/);
    assert.match(failure.message, /: .+\.$/, "it says what to do");
    assert.doesNotMatch(failure.message, INSIDE, label(options));
    assert.ok(answer.body.length < 500, "it does not say back what was sent");
  }

  it("refuses bodies that are none, of another type, or huge", async () => {
    for (const route of routes.filter(({ method, body }) => method === "POST" && body))
      for (const [type, payload] of BODIES) {
        const takesNothing = /setup_tokens/.test(route.url) && takenForNothing(payload);
        if (takesNothing) continue;
        await assertRefused({
          method: route.method,
          url: at(route),
          headers: { ...headersFor(route), "content-type": type },
          payload,
        });
      }
  });

  it("refuses each field of a body with each kind of junk in it", async () => {
    for (const route of routes)
      for (const field of Object.keys(route.body?.properties ?? {}))
        for (const junk of JUNK) {
          const isNewUser = route.url.endsWith("setup_tokens") && junk === "";
          const isReason = field === "reason" && WORDS.includes(junk);
          if (isNewUser || isReason) continue;
          await assertRefused({
            method: route.method as "POST",
            url: at(route),
            headers: headersFor(route),
            payload: { [field]: junk },
          });
        }
  });

  it("refuses what is no query", async () => {
    for (const route of routes.filter(({ querystring }) => querystring))
      for (const query of [
        "surprise=1",
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=1&limit=2",
        "cursor=zz",
        "since=today",
      ])
        await assertRefused({ method: "GET", url: `${at(route)}?${query}`, headers: headersFor(route) });
  });

  it("refuses ids that are none or nobody's", async () => {
    for (const route of routes.filter(({ url }) => url.includes(":id")))
      for (const id of IDS) {
        const isEmptyList = route.method === "GET" && /deliveries/.test(route.url) && /^[1-9]\d{0,15}$/.test(id);
        if (isEmptyList) continue;
        await assertRefused({
          method: route.method,
          url: at(route, id),
          headers: headersFor(route),
          ...(route.body ? { payload: { reason: "x", group: 1, key: "x", dutTarget: 1, productionTarget: 1 } } : {}),
        });
      }
  });

  it("refuses addresses that are none, and other methods", async () => {
    for (const url of [
      "/",
      "/v1",
      "/v1/unit",
      "/v2/units",
      "/%",
      "/v1/units/%zz/runs",
      "/agent/none",
      "//",
      "/v1/units/",
    ])
      await assertRefused({ method: "GET", url, headers });
    for (const method of ["PUT", "PATCH", "DELETE"] as const)
      await assertRefused({ method, url: "/v1/units", headers });
  });

  it("keeps nothing of all that", async () => {
    const rows = async (table: string) =>
      Number((await server.database.rows<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n);
    const tables = ["units", "groups", "webhooks", "deliveries", "tokens", "plans", "items", "answers", "audit"];
    const before = await Promise.all(tables.map(rows));
    for (const route of routes.filter(({ body }) => body))
      await assertRefused({
        method: "POST",
        url: at(route),
        headers: headersFor(route),
        payload: { reason: 1, plan_id: 1, url: 1, name: 1 },
      });
    for (const type of ["0", "1", "256", "x"])
      await server.http.inject({ method: "POST", url: `/v1/messages/${type}`, payload: Buffer.alloc(100_000) });
    assert.deepEqual(await Promise.all(tables.map(rows)), before);
  });
});

/** A sender's body may say nothing, or what only Electric Imp's servers know. */
const takenForNothing = (payload: string | Buffer): boolean =>
  /^$|^\{"(surprise|__proto__|constructor)"/.test(String(payload));

describe("a sender", () => {
  let server: TestServer;
  let port: number;
  before(async () => {
    server = await TestServer.open();
    await server.http.listen({ port: 0, host: "127.0.0.1" });
    port = (server.http.server.address() as AddressInfo).port;
  });
  after(() => server.close());

  const said = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
      let answer = "";
      socket.on("data", (piece) => (answer += String(piece)));
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });

  it("of half a request is let go, in words, after a while", async () => {
    assert.ok(server.http.server.requestTimeout > 0, "there is an end to it");
    server.http.server.requestTimeout = server.http.server.headersTimeout = 200;
    for (const half of [
      "POST /v1/messages/3 HTTP/1.1\r\n",
      "POST /v1/messages/3 HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nslow",
    ])
      assert.match(await said(half), /^HTTP\/1\.1 408 .*\r\n\r\n\{"code":"REQUEST_INVALID","message":"[^"]+"\}$/s);
  });

  it("of what is no HTTP, or of headers without end, is told so", async () => {
    assert.match(await said("hello\r\n\r\n"), /^HTTP\/1\.1 400 .*"REQUEST_INVALID"/s);
    assert.match(
      await said(`GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 .*"REQUEST_INVALID"/s,
    );
  });
});
