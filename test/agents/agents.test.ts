// SPDX-License-Identifier: Apache-2.0
// Agents: messages once and in order, restarts in between, calls from agent to agent, and what a bad script may not do.
import assert from "node:assert/strict";
import { encodeItem } from "../../firmware/core/protocol/items.js";
import { SUM_AGENT } from "../tools/sum-agent.js";
import { itemsOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { PRODUCT, settle, TestServer } from "../tools/test-server.js";

const sumsTo = (last: number): [string, number][] => Array.from({ length: last }, (_, index) => ["sum", index + 1]);

/** Rounds of the event loop: moments of whatever is under way. */
async function goOn(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve));
}

onEachDatabase("agents", function () {
  this.timeout(20_000);
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;
  let number = 0;

  beforeEach(async () => {
    number = 0;
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.hello(await fixture.light());
  });
  afterEach(() => server.close());

  const deploy = (dut: string, others: { fixture?: string } = {}) =>
    server.agents.deploy(PRODUCT.name, { dut, ...others });
  const say = async (name: string, data: unknown) =>
    void (await device.poll(encodeItem(++number, name, JSON.stringify(data))));
  const tell = async (name: string, data: unknown) => {
    await say(name, data);
    await server.agentsRest();
  };
  /** What waits for a device, as [name, data]. */
  const waiting = async (recipient: string) =>
    (
      await server.database.rows<{ name: string; data: string }>(
        `select name, data from items where recipient = '${recipient}' and name <> 'unit' order by id`,
      )
    ).map(({ name, data }) => [name, JSON.parse(data) as unknown]);
  const lines = async () =>
    (await server.admin.unit(device.name)).items
      .filter(({ name }) => name.startsWith("agent "))
      .map(({ data }) => JSON.parse(data) as string);
  const ask = async (path = "", payload = "") => {
    const url = new URL(await server.agents.urlOf(device.name)).pathname + path;
    const answer = await server.http.inject({ method: "POST", url, payload });
    return { status: answer.statusCode, body: answer.body };
  };
  const next = (): Promise<unknown> => device.poll().then(itemsOf);

  it("hear what their device says, in order, and answer it", async () => {
    await deploy(`device.on("count", (n) => { server.log("heard " + n); device.send("back", n * 2); });`);
    for (let n = 1; n <= 5; n++) await say("count", n);
    await server.agentsRest();
    assert.deepEqual(
      await waiting(device.name),
      [1, 2, 3, 4, 5].map((n) => ["back", n * 2]),
    );
    assert.deepEqual(
      await lines(),
      [1, 2, 3, 4, 5].map((n) => `heard ${n}`),
    );
    assert.ok(Array.isArray(await next()));
  });

  it("know whose they are, and who lit it", async () => {
    await deploy(`device.on("who", () => device.send("me", imp.configparams));`);
    await tell("who", null);
    const url = await server.agents.urlOf(fixture.name);
    assert.deepEqual(await waiting(device.name), [
      [
        "me",
        {
          deviceid: device.name,
          factory_imp_device_id: fixture.name,
          factory_fixture_url: url,
          factoryfirmware: true,
        },
      ],
    ]);
  });

  it("keep what they saved when the server restarts, and hear what was said meanwhile once", async () => {
    await deploy(SUM_AGENT);
    await tell("add", 1);
    await say("add", 10);
    await server.restart();
    await server.agents.start();
    await server.agentsRest();
    await tell("add", 100);
    assert.deepEqual(await waiting(device.name), [
      ["sum", 1],
      ["sum", 11],
      ["sum", 111],
    ]);
  });

  it("are free for the next server whenever theirs ends, and lose and repeat nothing", async () => {
    await deploy(SUM_AGENT);
    const busy = "select * from agent_leases where busy_until > 0";
    for (let rounds = 0; rounds < 24; rounds += 2) {
      await say("add", 1);
      await goOn(rounds);
      await server.stop();
      assert.deepEqual(await server.database.rows(busy), [], `ended ${rounds} rounds after a message`);
      await server.start();
    }
    await server.agents.start();
    await server.agentsRest();
    assert.deepEqual(await waiting(device.name), sumsTo(12));
  });

  it("lose and repeat nothing when they get another script at any moment", async () => {
    await deploy(SUM_AGENT);
    for (let rounds = 0; rounds < 24; rounds += 2) {
      await say("add", 1);
      await goOn(rounds);
      await deploy(SUM_AGENT);
    }
    await server.agentsRest();
    assert.deepEqual(await waiting(device.name), sumsTo(12));
  });

  it("rest when the database fails them, and hear what waited once it answers", async () => {
    await deploy(SUM_AGENT);
    await server.database.exec("alter table agents rename to agents_away");
    await tell("add", 5);
    assert.deepEqual(await waiting(device.name), []);
    await server.database.exec("alter table agents_away rename to agents");
    await server.clock.advance(1000);
    await server.agentsRest();
    assert.deepEqual(await waiting(device.name), [["sum", 5]]);
  });

  const LABEL = `device.on("label", (label) => {
    const url = imp.configparams.factory_fixture_url;
    http.post(url + "/print", { "Content-Type": "application/json" }, http.jsonencode(label)).MODE;
  });`;
  const PRINTER = `http.onrequest((req, res) => {
    if (!req.authenticated) return res.send(403, "not one that I lit");
    device.send("print", { from: req.from, path: req.path, label: http.jsondecode(req.body) });
    res.send(200, "OK");
  });`;

  for (const mode of ["sendasync((r) => server.log(r.statuscode + r.body))", "sendsync()"])
    it(`pass a label to the fixture's agent, which knows whom it lit, by ${mode.split("(")[0]}`, async () => {
      await deploy(LABEL.replace("MODE", mode), { fixture: PRINTER });
      await tell("label", "PR-0001");
      const print = ["print", { from: device.name, path: "/print", label: "PR-0001" }];
      assert.deepEqual(await waiting(fixture.name), [print]);
      const url = new URL(await server.agents.urlOf(fixture.name)).pathname;
      const stranger = await server.http.inject({ method: "POST", url, payload: '"forged"', headers: { from: "x" } });
      assert.equal(stranger.statusCode, 403);
      assert.deepEqual(await waiting(fixture.name), [print]);
    });

  it("do nothing twice when the server stops between two calls of one message", async () => {
    await deploy(
      `device.on("label", (label) => {
        const url = imp.configparams.factory_fixture_url;
        http.post(url + "/print", {}, label).sendasync(() =>
          http.post(url + "/later").sendasync((answer) => device.send("done", answer.statuscode)));
      });`,
      {
        fixture: `http.onrequest((req, res) => {
          if (req.path === "/print") { device.send("print", req.body); return res.send(200); }
          if (server.load().asked) return res.send(201);
          server.save({ asked: true });
        });`,
      },
    );
    await say("label", "PR-0001");
    while (!(await server.database.rows("select saved from agents")).length) await settle();
    await server.restart();
    await server.agents.start();
    await server.agentsRest();
    assert.deepEqual(await waiting(fixture.name), [["print", "PR-0001"]]);
    assert.deepEqual(await waiting(device.name), [["done", 201]]);
    assert.deepEqual(await server.database.rows("select * from agent_answers"), []);
  });

  it("answer requests at their own address, and nobody at another", async () => {
    await deploy(
      `http.onrequest((req, res) => { res.header("X-Kind", "echo"); res.send(201, req.method + req.path + req.body); });`,
    );
    assert.deepEqual(await ask("/a/b", "hi"), { status: 201, body: "POST/a/bhi" });
    const unknown = await server.http.inject({ method: "GET", url: "/agent/0000" });
    assert.equal(unknown.statusCode, 404);
    assert.equal(unknown.json<{ code: string }>().code, "UNKNOWN_AGENT");
    assert.equal((await ask("", "x".repeat(100_000))).status, 413);
  });

  for (const [what, script, status, said] of [
    ["throws", `throw new Error("oops")`, 500, /Error: oops/],
    ["loops", "for (;;);", 500, /ran for more than 1000 ms/],
    ["fills its memory", "const all = []; for (;;) all.push(new Array(1000).fill(7));", 500, /used up its 8 MiB/],
    ["recurses", "const f = () => f() + 1; f();", 500, /stack overflow/],
    ["answers twice", `res.send(200, "one"); res.send(200, "two");`, 200, /answered already/],
    ["calls elsewhere", `res.send(http.get("http://127.0.0.1/").sendsync().statuscode + 400, "")`, 409, undefined],
  ] as const)
    it(`that ${what} harms no one else, and says so`, async () => {
      await deploy(`http.onrequest((req, res) => { ${script} });`, { fixture: PRINTER });
      assert.equal((await ask()).status, status);
      if (said) assert.match((await lines()).join("\n"), said);
      const url = new URL(await server.agents.urlOf(fixture.name)).pathname;
      assert.equal((await server.http.inject({ method: "POST", url })).statusCode, 403);
    });

  it("that fails at its start rests, longer each time, and hears what waited once it is mended", async () => {
    await deploy(`throw new Error("at the start");`);
    await tell("add", 1);
    assert.equal((await ask()).status, 503);
    const ends = async () => (await lines()).filter((line) => line.startsWith("agent ended")).length;
    assert.equal(await ends(), 1);
    await server.clock.advance(1000);
    await server.agentsRest();
    assert.equal(await ends(), 2);
    await server.clock.advance(1000);
    await server.agentsRest();
    assert.equal(await ends(), 2);
    await deploy(`device.on("add", (n) => device.send("mended", n));`);
    await server.agents.start();
    await server.agentsRest();
    assert.deepEqual(await waiting(device.name), [["mended", 1]]);
  });

  it("that does not answer a request is answered for after half a minute", async () => {
    await deploy(`http.onrequest((req, res) => server.log("heard"));`);
    const asked = ask();
    while (!(await lines()).length) await settle();
    await server.clock.advance(30_000);
    assert.equal((await asked).status, 504);
  });

  it("wake up when they asked to", async () => {
    await deploy(`device.on("go", () => { imp.wakeup(5, () => device.send("later", 1)); });`);
    await tell("go", 0);
    assert.deepEqual(await waiting(device.name), []);
    await server.clock.advance(5000);
    await server.agentsRest();
    assert.deepEqual(await waiting(device.name), [["later", 1]]);
  });

  it("are told what no message can carry", async () => {
    await deploy(`device.on("go", () => device.send("long", "x".repeat(5000)));`);
    await tell("go", 0);
    assert.match((await lines()).join(), /ITEM_TOO_LONG/);
  });
});
