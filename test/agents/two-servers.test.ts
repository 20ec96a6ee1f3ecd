// SPDX-License-Identifier: Apache-2.0
// Agents of servers that share a database: each works at one of them at a time, and nothing is done twice, or lost.
import assert from "node:assert/strict";
import { encodeItem } from "../../firmware/core/protocol/items.js";
import { SUM_AGENT } from "../tools/sum-agent.js";
import { onDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, settle, TestServer } from "../tools/test-server.js";

onDatabase("PostgreSQL", "agents of two servers", function () {
  this.timeout(30_000);
  let first: TestServer;
  let second: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;
  let at: TestServer;
  let number: number;

  beforeEach(async () => {
    number = 0;
    first = at = await TestServer.open();
    second = await TestServer.beside(first);
    fixture = await TestFixture.add(first);
    const both = Object.create(first) as TestServer;
    both.post = (type, bytes) => at.post(type, bytes);
    device = TestDevice.make(both);
    await device.hello(await fixture.light());
  });
  afterEach(async () => {
    await second.stop();
    await first.close();
  });

  const add = (server: TestServer, n: number): Promise<unknown> => {
    at = server;
    return device.poll(encodeItem(++number, "add", JSON.stringify(n)));
  };
  const sums = async (): Promise<number[]> =>
    (
      await first.database.rows<{ data: string }>(
        `select data from items where recipient = '${device.name}' and name = 'sum' order by id`,
      )
    ).map(({ data }) => Number(data));
  const rest = async (): Promise<void> => {
    await first.agentsRest();
    await second.agentsRest();
  };

  it("hear messages once and in order, whichever server the device speaks to", async () => {
    await first.agents.deploy(PRODUCT.name, { dut: SUM_AGENT });
    for (const n of [1, 2, 3, 4]) {
      await add(n % 2 ? first : second, n);
      await rest();
    }
    assert.deepEqual(await sums(), [1, 3, 6, 10]);
  });

  it("go on at the other when a server fell, once its lease is over", async () => {
    await first.agents.deploy(PRODUCT.name, { dut: SUM_AGENT });
    await add(first, 1);
    await rest();
    const busy = first.clock.now() + 60_000;
    await first.database.exec(`update agent_leases set server = 'fallen', busy_until = ${busy}`);
    await add(second, 10);
    await second.clock.advance(59_000);
    await rest();
    assert.deepEqual(await sums(), [1]);
    await second.clock.advance(2000);
    await rest();
    assert.deepEqual(await sums(), [1, 11]);
  });

  it("store nothing of an event that another server has taken over meanwhile", async () => {
    const slow = SUM_AGENT.replace(
      "const saved",
      `http.get(imp.configparams.factory_fixture_url).sendsync();\n  const saved`,
    );
    let asked = `http.onrequest((req, res) => { server.log("asked"); imp.wakeup(5, () => res.send(200)); });`;
    await first.agents.deploy(PRODUCT.name, { dut: slow, fixture: asked });
    await add(first, 1);
    const isAsked = async () => (await first.database.rows("select 1 from uplinks where name = 'agent log'")).length;
    while (!(await isAsked())) await settle();
    await first.database.exec(`update agent_leases set server = 'another' where role = 'dut'`);
    await first.clock.advance(5000);
    await first.agentsRest();
    assert.deepEqual(await sums(), []);
    asked = asked.replace("imp.wakeup(5, () => res.send(200))", "res.send(200)");
    await first.database.exec("update agent_leases set busy_until = 0");
    await second.agents.deploy(PRODUCT.name, { dut: slow, fixture: asked });
    await second.agents.start();
    await rest();
    assert.deepEqual(await sums(), [1]);
  });
});
