// SPDX-License-Identifier: Apache-2.0
// End users' tokens over HTTP, as senders ask for them, and the devices that bring them.
import assert from "node:assert/strict";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { asciiText } from "../../firmware/core/protocol/bytes.js";
import { findField } from "../../firmware/core/protocol/message.js";
import { Sender, lastByteFirst } from "../tools/sender.js";
import type { ConfigId } from "../tools/sender.js";
import { onDatabase, onEachDatabase } from "../tools/test-database.js";
import { reasonOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

const TOO_LATE_MS = 600_001;
const litToken = ({ id, plan_id }: ConfigId): Uint8Array =>
  new Uint8Array(Buffer.from(lastByteFirst(plan_id) + lastByteFirst(id), "hex"));

onEachDatabase("activation", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;
  let apiKey: string;
  let sender: Sender;

  beforeEach(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.live(await fixture.light());
    apiKey = await server.apiKeys.addBlinkup("phone app", "probe");
    sender = new Sender(ask, apiKey);
  });
  afterEach(() => server.close());

  async function ask(method: "GET" | "POST" | "OPTIONS", url: string, headers: object, body?: string) {
    const answer = await server.http.inject({
      method,
      url,
      headers: { ...headers },
      ...(body !== undefined && { payload: body }),
    });
    return { status: answer.statusCode, text: answer.payload, headers: answer.headers };
  }
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  const json = (key = apiKey) => ({ ...basic(key), "content-type": "application/json" });
  const failed = async (answer: ReturnType<typeof ask>) => {
    const { status, text } = await answer;
    const { code, ...rest } = JSON.parse(text) as { code: string; message: string };
    assert.deepEqual(Object.keys(rest), ["message"]);
    return [status, code];
  };
  const stateOf = async (unit: TestDevice): Promise<string> => (await server.admin.unit(unit.name)).state;

  it("goes from a sender's key to a device's id and its agent's URL", async () => {
    const config = await sender.configId();
    for (const digits of [config.id, config.plan_id]) assert.match(digits, /^[0-9a-f]{16}$/);
    const { plan_id } = config;
    assert.deepEqual(await sender.deviceInfo(config), { impee_id: "", agent_url: "", plan_id, claimed_at: "" });
    const welcome = await device.activate(litToken(config));
    assert.equal(welcome[1], MessageType.Welcome);
    const params = JSON.parse(asciiText(findField(welcome, Tag.ConfigParams) as Uint8Array)) as object;
    assert.deepEqual(params, { deviceid: device.name });
    assert.equal(await stateOf(device), "activated");
    const info = await sender.deviceInfo(config);
    assert.deepEqual(
      [info.impee_id, info.plan_id, info.claimed_at],
      [device.name, plan_id, "2026-01-01T00:00:00.000Z"],
    );
    assert.match(info.agent_url, /^http:\/\/127\.0\.0\.1:8080\/agent\/[\w-]{22}$/);
    assert.equal((await server.admin.unit(device.name)).group, "production");
    assert.deepEqual(await server.admin.verifyAudit(), []);
  });

  it("keeps the agent's URL for the same end user, and gives a new one another", async () => {
    const urlFor = async (plan?: string): Promise<readonly [string, string]> => {
      const config = await sender.configId(plan);
      assert.equal((await device.activate(litToken(config)))[1], MessageType.Welcome);
      return [config.plan_id, (await sender.deviceInfo(config)).agent_url];
    };
    const [plan, url] = await urlFor();
    assert.deepEqual(await urlFor(plan.toUpperCase()), [plan, url]);
    const [other, otherUrl] = await urlFor();
    assert.notEqual(other, plan);
    assert.notEqual(otherUrl, url);
    assert.deepEqual(await urlFor(plan), [plan, url]);
    const another = TestDevice.make(server, 2);
    await another.live(await fixture.light());
    device = another;
    assert.notEqual((await urlFor(plan))[1], url, "each device of a user has its own");
  });

  it("leaves an earlier owner's address, and the factory's, to nobody", async () => {
    await server.agents.deploy(PRODUCT.name, { application: `http.onrequest((req, res) => res.send(200, "mine"));` });
    const answersAt = async (url: string): Promise<number> => (await ask("GET", new URL(url).pathname, {})).status;
    const factoryUrl = await server.agents.urlOf(device.name);
    const owners: string[] = [];
    for (let owner = 0; owner < 2; owner++) {
      const config = await sender.configId();
      await device.activate(litToken(config));
      owners.push((await sender.deviceInfo(config)).agent_url);
    }
    assert.deepEqual(await Promise.all([factoryUrl, ...owners].map(answersAt)), [404, 404, 200]);
  });

  it("is said again at each start, long after the token's time, and asked after just so", async () => {
    const config = await sender.configId();
    await device.activate(litToken(config));
    await server.clock.advance(3600_000);
    assert.equal((await device.hello())[1], MessageType.Welcome);
    assert.equal((await sender.deviceInfo(config)).impee_id, device.name);
  });

  it("takes a token once, in time, from a device of its product that has proved both keys", async () => {
    const config = await sender.configId();
    const late = await sender.configId();
    await device.activate(litToken(config));
    const second = TestDevice.make(server, 2);
    await second.live(await fixture.light());
    assert.equal(reasonOf(await second.activate(litToken(config))), RefusalReason.State, "spent");
    assert.equal(reasonOf(await second.activate(new Uint8Array(16).fill(1))), RefusalReason.State, "unknown");
    assert.equal(reasonOf(await second.activate(await fixture.light())), RefusalReason.AlreadyBlessed, "the factory's");
    const fields = async (): Promise<number> => {
      const honest = second.helloFields();
      const proof = new Uint8Array(32);
      return reasonOf(await second.send(MessageType.Hello, [...honest.slice(0, -1), proof]));
    };
    const unproved = await sender.configId();
    second.token = litToken(unproved);
    assert.equal(await fields(), RefusalReason.State, "its id alone, without the token");
    await server.clock.advance(TOO_LATE_MS);
    assert.equal(reasonOf(await second.activate(litToken(late))), RefusalReason.Expired);
    assert.equal(await stateOf(second), "shippable");
    for (const { name } of [device, second]) assert.equal((await server.admin.unit(name)).serial !== null, true);
  });

  it("needs a unit that was shipped: a blank one, one whose wipe is not proved, and a released one are refused", async () => {
    const blank = TestDevice.make(server, 2);
    assert.equal(reasonOf(await blank.hello(litToken(await sender.configId()))), RefusalReason.State);
    const blessed = TestDevice.make(server, 3);
    await blessed.hello(await fixture.light());
    await blessed.results();
    await blessed.bless();
    await blessed.acknowledge();
    assert.equal(reasonOf(await blessed.activate(litToken(await sender.configId()))), RefusalReason.State);
    await server.unbless(device.name, "returned");
    const config = await sender.configId();
    device.token = litToken(config);
    device.byKey = true;
    device.channel.rekey(device.root);
    assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
    assert.equal((await sender.deviceInfo(config)).impee_id, "");
  });

  it("works in the laboratory as on the line", async () => {
    const laboratory = await TestFixture.add(server, "probe", await server.groups.find("test-fixture"));
    const unit = TestDevice.make(server, 2);
    await unit.live(await laboratory.light());
    const config = await sender.configId();
    assert.equal((await unit.activate(litToken(config)))[1], MessageType.Welcome);
    assert.equal((await sender.deviceInfo(config)).impee_id, unit.name);
  });

  it("answers 410 to whoever asks after a token that nothing came with in time", async () => {
    const { id } = await sender.configId();
    await server.clock.advance(TOO_LATE_MS);
    assert.deepEqual(await failed(ask("GET", `/v1/setup_tokens/${id}`, basic(apiKey))), [410, "SETUP_TOKEN_EXPIRED"]);
  });

  it("keeps no token and no key that could be read", async () => {
    const { id } = await sender.configId();
    const stored = await server.database.contents();
    for (const secret of [apiKey, id, Buffer.from(id, "hex")]) assert.ok(!stored.includes(secret));
  });

  for (const [what, headers, body] of [
    ["a form without a plan", { "content-type": "application/x-www-form-urlencoded" }, ""],
    ["JSON without a plan", { "content-type": "application/json" }, "{}"],
    ["JSON of no bytes", { "content-type": "application/json" }, ""],
    ["an empty plan", { "content-type": "application/x-www-form-urlencoded" }, "plan_id="],
    ["fields that nobody knows", { "content-type": "application/json" }, '{"app":"1.2"}'],
  ] as const)
    it(`takes ${what} for a new end user`, async () => {
      const { status, text } = await ask("POST", "/v1/setup_tokens", { ...basic(apiKey), ...headers }, body);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(JSON.parse(text) as object), ["id", "plan_id"]);
    });

  it("is asked for by /v5/enroll just so, by a DUT's agent for example", async () => {
    const enrol = async (body: object): Promise<ConfigId> => {
      const { status, text } = await ask(
        "POST",
        "/v5/enroll",
        json(),
        JSON.stringify({ type: "production_token", ...body }),
      );
      assert.equal(status, 200);
      return JSON.parse(text) as ConfigId;
    };
    const { plan_id } = await enrol({});
    const again = await enrol({ plan_id });
    assert.equal(again.plan_id, plan_id);
    await device.activate(litToken(again));
    assert.equal((await sender.deviceInfo(again)).impee_id, device.name);
  });

  it("takes the key with a colon behind it too", async () => {
    assert.equal((await ask("POST", "/v1/setup_tokens", basic(`${apiKey}:`))).status, 200);
  });

  it("answers a page of any origin, and its browser's question before", async () => {
    for (const url of ["/v1/setup_tokens", "/v5/enroll", "/v1/setup_tokens/0011223344556677"]) {
      const { status, headers } = await ask("OPTIONS", url, { origin: "https://shop.example" });
      assert.deepEqual([status, headers["access-control-allow-origin"]], [204, "*"]);
      assert.match(String(headers["access-control-allow-headers"]), /authorization.*x-requested-with/);
    }
    assert.equal((await ask("POST", "/v1/setup_tokens", basic(apiKey))).headers["access-control-allow-origin"], "*");
    assert.equal((await ask("POST", "/v1/setup_tokens", {})).headers["access-control-allow-origin"], "*");
  });

  it("tells what is wrong with a key by the statuses that SDKs know", async () => {
    const post = (headers: object) => failed(ask("POST", "/v1/setup_tokens", headers));
    for (const headers of [
      {},
      { authorization: `Bearer ${apiKey}` },
      basic("short"),
      basic("x".repeat(31)),
      { authorization: "Basic !" },
    ])
      assert.deepEqual(await post(headers), [401, "SETUP_KEY_MALFORMED"]);
    assert.deepEqual(await post(basic("0".repeat(32))), [403, "SETUP_KEY_REFUSED"]);
    await server.clock.advance(60_000);
    await server.apiKeys.revoke("phone app");
    assert.deepEqual(await post(basic(apiKey)), [403, "SETUP_KEY_REFUSED"]);
    for (let i = 0; i < 9; i++) await post(basic("0".repeat(32)));
    assert.deepEqual(await post(basic(apiKey)), [429, "TOO_MANY_FAILURES"]);
  });

  it("keeps keys to what they are for", async () => {
    await server.admin.putProduct({ ...PRODUCT, name: "other" });
    const theirs = new Sender(ask, await server.apiKeys.addBlinkup("their app", "other"));
    const config = await sender.configId();
    await assert.rejects(theirs.deviceInfo(config), /^Error: 404 .*UNKNOWN_SETUP_TOKEN/);
    await assert.rejects(theirs.configId(config.plan_id), /^Error: 400 .*UNKNOWN_PLAN/);
    assert.equal(reasonOf(await device.activate(litToken(await theirs.configId()))), RefusalReason.State);
    assert.deepEqual(await failed(ask("GET", "/v1/units", { authorization: `Bearer ${apiKey}` })), [
      401,
      "KEY_REFUSED",
    ]);
    const engineer = await server.apiKeys.add("engineer", "engineer");
    assert.deepEqual(await failed(ask("POST", "/v1/setup_tokens", basic(engineer))), [401, "SETUP_KEY_MALFORMED"]);
  });

  for (const [what, url, body, status] of [
    ["a plan that nobody has", "/v1/setup_tokens", '{"plan_id":"0011223344556677"}', 400],
    ["a plan that is none", "/v1/setup_tokens", '{"plan_id":"x"}', 400],
    ["a plan of another type", "/v1/setup_tokens", '{"plan_id":["0011223344556677"]}', 400],
    ["another kind of token", "/v5/enroll", '{"type":"developer_token"}', 400],
    ["no kind of token", "/v5/enroll", "{}", 400],
    ["what is no JSON", "/v5/enroll", "{", 400],
    ["JSON that is no object", "/v5/enroll", "[]", 400],
    ["more than anybody has to say", "/v1/setup_tokens", JSON.stringify({ plan_id: "x".repeat(5000) }), 413],
  ] as const)
    it(`refuses ${what} with ${status}`, async () => {
      assert.equal((await failed(ask("POST", url, json(), body)))[0], status);
    });

  it("refuses a body of another type, a token that is none and one that nobody asked for", async () => {
    const xml = { ...basic(apiKey), "content-type": "text/xml" };
    assert.deepEqual(await failed(ask("POST", "/v1/setup_tokens", xml, "<x/>")), [415, "REQUEST_INVALID"]);
    const status = (id: string) => failed(ask("GET", `/v1/setup_tokens/${id}`, basic(apiKey)));
    assert.deepEqual(await status("x"), [400, "REQUEST_INVALID"]);
    assert.deepEqual(await status("0011223344556677"), [404, "UNKNOWN_SETUP_TOKEN"]);
  });
});

onDatabase("PostgreSQL", "what expires", () => {
  it("does so by the database's clock, however a server's own is set", async () => {
    const server = await TestServer.open({ byDatabase: true });
    const { now } = Date;
    try {
      const fixture = await TestFixture.add(server);
      const device = TestDevice.make(server);
      const token = await fixture.light();
      Date.now = () => now() + 3600_000;
      assert.equal((await device.hello(token))[1], MessageType.Welcome);
      const ahead = await fixture.light(2);
      Date.now = now;
      assert.equal((await TestDevice.make(server, 2).hello(ahead))[1], MessageType.Welcome);
      const [row] = await server.database.rows<{ ahead: boolean }>(
        `select max(expires_at) > extract(epoch from now()) * 1000 + 600000 as ahead from tokens`,
      );
      assert.equal(row?.ahead, false);
    } finally {
      Date.now = now;
      await server.close();
    }
  });
});
