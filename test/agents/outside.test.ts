// SPDX-License-Identifier: Apache-2.0
// What agents may ask of the world: what product.json names, a private address only where it says so, and nobody for ever.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AgentReach } from "../../server/schemas.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

describe("an agent's calls outside", function () {
  this.timeout(20_000);
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;
  let outside: Server;
  let origin: string;
  let respond: (request: IncomingMessage, body: string, reply: ServerResponse) => void;

  before(async () => {
    outside = createServer((request, reply) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => respond(request, body, reply));
    });
    await new Promise<void>((listening) => outside.listen(0, "127.0.0.1", listening));
    origin = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.hello(await fixture.light());
  });
  beforeEach(() => (respond = (_request, _body, reply) => void reply.end("hello")));
  after(async () => {
    outside.closeAllConnections();
    outside.close();
    await server.close();
  });

  /** What `call` gives the DUT's agent, as "status body". */
  async function answerTo(call: string, reach: AgentReach | undefined, other = ""): Promise<string> {
    await server.admin.putProduct({ ...PRODUCT, ...(reach ? { agents: reach } : {}) });
    const dut = `http.onrequest((req, res) => {
      const answer = ${call}.sendsync();
      res.send(200, answer.statuscode + " " + answer.body);
    });`;
    await server.agents.deploy(PRODUCT.name, { dut, fixture: other });
    const url = new URL(await server.agents.urlOf(device.name)).pathname;
    return (await server.http.inject({ method: "GET", url })).body;
  }
  const get = (url: string): string => `http.get(${JSON.stringify(url)})`;

  it("reach an origin that the product names, with method, headers and body, but none of the connection's headers", async () => {
    respond = (request, body, reply) => {
      const { method, url, headers } = request;
      reply.end(JSON.stringify([method, url, headers["x-key"], headers.host === origin.slice(7), body]));
    };
    const headers = `{ "X-Key": "7", "Host": "another", "Transfer-Encoding": "chunked" }`;
    const said = await answerTo(`http.put("${origin}/a?b=c", ${headers}, "body")`, { allowPrivate: [origin] });
    assert.equal(said, `200 ["PUT","/a?b=c","7",true,"body"]`);
  });

  for (const [what, reach] of [
    ["a product that names nobody", undefined],
    ["a product that names another", { allowPrivate: ["http://127.0.0.1:1"] }],
    ["a product that names any public one", { allow: ["*"] }],
  ] as [string, AgentReach | undefined][])
    it(`are refused for ${what}, and asked of nobody`, async () => {
      let asked = 0;
      respond = (_request, _body, reply) => void reply.end(String(++asked));
      assert.match(await answerTo(get(origin), reach), /^9 AGENT_CALL_REFUSED/);
      assert.match(await answerTo(get(origin.replace("127.0.0.1", "localhost")), reach), /^9 AGENT_CALL_REFUSED/);
      assert.equal(asked, 0);
    });

  it("reach no private address through a name that the product takes for public", async () => {
    const named = origin.replace("127.0.0.1", "localhost");
    assert.match(await answerTo(get(named), { allow: [named] }), /^9 AGENT_CALL_REFUSED: .*private network/);
  });

  for (const url of ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "", "http://a:b@127.0.0.1/"])
    it(`are refused for "${url}"`, async () => {
      assert.match(await answerTo(get(url), { allow: ["*"], allowPrivate: ["http://127.0.0.1"] }), /^9 /);
    });

  it("follow no redirect: its address comes as it is", async () => {
    respond = (_request, _body, reply) =>
      void reply.writeHead(302, { location: "http://169.254.169.254/" }).end("away");
    assert.equal(await answerTo(get(origin), { allowPrivate: [origin] }), "302 away");
  });

  it("take no more than a megabyte, and no answer that breaks off", async () => {
    respond = (_request, _body, reply) => void reply.end(Buffer.alloc(2 * 1024 * 1024, "x"));
    assert.match(await answerTo(get(origin), { allowPrivate: [origin] }), /^63 /);
    respond = (_request, _body, reply) => {
      reply.writeHead(200, { "content-length": 100 }).write("half");
      setTimeout(() => reply.destroy(), 20);
    };
    assert.match(await answerTo(get(origin), { allowPrivate: [origin] }), /^63 /);
  });

  it("say where nobody listens, and where there is no such name", async () => {
    const nobody = "http://127.0.0.1:9";
    assert.match(await answerTo(get(nobody), { allowPrivate: [nobody] }), /^7 .*ECONNREFUSED/);
    const nowhere = "http://no.such.name.invalid";
    assert.match(await answerTo(get(nowhere), { allow: [nowhere] }), /^6 /);
  });

  it("wait for no ring: an agent that waits for the one that asks is not asked", async () => {
    const own = "http.get(http.agenturl())";
    assert.match(await answerTo(own, undefined), /^508 AGENT_CALL_LOOP/);
    const urlOfDut = await server.agents.urlOf(device.name);
    const back = `http.onrequest((req, res) => res.send(200, "fixture: " + http.get("${urlOfDut}").sendsync().statuscode));`;
    assert.equal(await answerTo("http.get(imp.configparams.factory_fixture_url)", undefined, back), "200 fixture: 508");
  });
});
