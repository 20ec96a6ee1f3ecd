// SPDX-License-Identifier: Apache-2.0
// lightline webhooks, and the same over HTTP: set up, tried out, looked at, taken away; every wrong use is told.
import assert from "node:assert/strict";
import { runCommand } from "../tools/run-command.js";
import { onEachDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";
import { WebhookTarget } from "../tools/webhook-target.js";

interface Added {
  readonly webhook: { readonly id: number; readonly url: string; readonly groupId: number | null };
  readonly secret: string;
}

onEachDatabase("setting up webhooks", () => {
  let server: TestServer;
  let target: WebhookTarget;
  let key: string;

  before(async () => {
    server = await TestServer.open();
    if (server.database.url !== undefined) process.env.DATABASE_URL = server.database.url;
    target = await WebhookTarget.open();
    key = await server.apiKeys.add("engineer", "engineer");
  });
  after(async () => {
    delete process.env.DATABASE_URL;
    await target.close();
    await server.close();
  });

  const run = (...args: string[]) => runCommand("webhooks", ...args, "--data", server.dataDir);
  const json = async <Facts>(...args: string[]): Promise<Facts> => {
    const ended = await run(...args, "--json");
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    return JSON.parse(ended.out) as Facts;
  };
  const ask = async (method: "GET" | "POST" | "DELETE", url: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await server.http.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
    return { status: answer.statusCode, ...answer.json<{ code?: string; messages?: number; deliveries?: object[] }>() };
  };
  const add = (...more: string[]) =>
    json<Added>("add", "--url", target.url, "--product", "probe", "--allow-private", ...more);

  it("by command: add, list, test, deliveries, retry, remove", async () => {
    const { webhook, secret } = await add("--events", "blessing,test_failed");
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const id = String(webhook.id);
    const listed = await run("list");
    assert.match(listed.out, new RegExp(`${id} +probe +all +blessing,test_failed +${target.url}`));
    assert.ok(!listed.out.includes(secret));
    assert.equal((await json<{ delivered: boolean }>("test", id)).delivered, true);
    target.answer = (reply) => void reply.writeHead(503).end("busy");
    const refused = await run("test", id);
    assert.deepEqual([refused.code, refused.out], [1, "Not taken: 503 busy\n"]);
    assert.deepEqual(
      target.bodies().map(({ event }) => event),
      ["test", "test"],
    );
    await TestDevice.make(server).live(await (await TestFixture.add(server)).light());
    await server.courier.idle();
    assert.match((await run("deliveries", id, "--state", "waiting")).out, /blessing +waiting +1 .* 503 +busy/);
    assert.equal((await run("deliveries", "--state", "failed")).out, "No deliveries.\n");
    await server.database.exec("update deliveries set state = 'failed'");
    assert.equal((await json<{ messages: number }>("retry", id)).messages, 1);
    assert.equal((await run("remove", id)).code, 2);
    assert.equal((await run("remove", id, "--yes")).out, `Webhook ${id} is removed.\n`);
    assert.deepEqual((await json<{ deliveries: object[] }>("deliveries")).deliveries, []);
    const logged = (await server.admin.audit("webhooks")).map(({ event }) => event);
    assert.deepEqual(logged, ["webhook added", "webhook retried", "webhook removed"]);
  });

  it("over HTTP: the same", async () => {
    target.answer = (reply) => void reply.end();
    const body = { url: target.url, product: "probe", allowPrivate: true };
    const { webhook, secret } = (await ask("POST", "/v1/webhooks", body)) as unknown as Added;
    assert.match(secret, /^whsec_/);
    const at = `/v1/webhooks/${webhook.id}`;
    assert.ok(!JSON.stringify(await ask("GET", "/v1/webhooks")).includes(secret));
    assert.deepEqual(await ask("POST", `${at}/test`), { status: 200, delivered: true, answer: "" });
    assert.equal((await ask("POST", `${at}/retry`)).messages, 0);
    assert.deepEqual((await ask("GET", `${at}/deliveries?state=waiting`)).deliveries, []);
    assert.deepEqual(await ask("DELETE", at), { status: 200, id: webhook.id, removed: true });
    assert.equal((await ask("DELETE", at)).code, "UNKNOWN_WEBHOOK");
    const row = (await server.admin.audit("webhooks")).at(-1);
    assert.deepEqual(JSON.parse(row?.detail ?? ""), { id: webhook.id, product: "probe", by: "API key engineer" });
  });

  const good = { url: "https://mes.example/", product: "probe" };
  for (const [what, body, status, code] of [
    ["no address", { product: "probe" }, 400, "REQUEST_INVALID"],
    ["an address that is none", { ...good, url: "mes" }, 400, "WEBHOOK_URL"],
    ["a private address", { ...good, url: "http://10.0.0.1/" }, 400, "WEBHOOK_PRIVATE"],
    ["an event that is none", { ...good, events: ["blessed"] }, 400, "REQUEST_INVALID"],
    ["no event", { ...good, events: [] }, 400, "REQUEST_INVALID"],
    ["a product that is none", { ...good, product: "prob" }, 404, "UNKNOWN_PRODUCT"],
    ["a group that is none", { ...good, groupId: 99 }, 404, "UNKNOWN_GROUP"],
    ["a field too many", { ...good, secret: "mine" }, 400, "REQUEST_INVALID"],
  ] as const)
    it(`answer ${what} with ${status} ${code}`, async () => {
      const answer = await ask("POST", "/v1/webhooks", body);
      assert.deepEqual([answer.status, answer.code], [status, code]);
    });

  for (const [args, code, exit] of [
    [["add", "--url", "http://10.0.0.1/", "--product", "probe"], "WEBHOOK_PRIVATE", 3],
    [["add", "--url", "mes", "--product", "probe"], "WEBHOOK_URL", 3],
    [["add", "--url", "https://mes.example", "--product", "prob"], "UNKNOWN_PRODUCT", 3],
    [["add", "--url", "https://mes.example", "--product", "probe", "--group", "99"], "UNKNOWN_GROUP", 3],
    [["add", "--url", "https://mes.example", "--product", "probe", "--events", "x"], "error", 2],
    [["test", "99"], "UNKNOWN_WEBHOOK", 3],
    [["deliveries", "99"], "UNKNOWN_WEBHOOK", 3],
    [["remove", "99", "--yes"], "UNKNOWN_WEBHOOK", 3],
    [["remove", "one", "--yes"], "error", 2],
  ] as const)
    it(`answer ${args.join(" ")} with ${code}, exit ${exit}`, async () => {
      const ended = await run(...args);
      assert.match(ended.err, new RegExp(`^${code}: `));
      assert.deepEqual([ended.code, ended.out], [exit, ""]);
    });
});
