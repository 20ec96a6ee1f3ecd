// SPDX-License-Identifier: Apache-2.0
// A clock that is set while units are on the line: told, and no unit is lost by it.
import assert from "node:assert/strict";
import { onEachDatabase } from "../tools/test-database.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";

const SWEEP_MS = 10_000;

onEachDatabase("a clock that is set", () => {
  let server: TestServer;
  beforeEach(async () => void (server = await TestServer.open()));
  afterEach(() => server.close());

  const told = async (): Promise<unknown[]> =>
    (await server.admin.audit("clock")).map(({ detail }) => (JSON.parse(detail) as { jumpMs: number }).jumpMs);

  for (const jumpMs of [-3_600_000, -5000, 5000, 60_000])
    it(`by ${jumpMs / 1000} s is told, and a unit under test becomes shippable all the same`, async () => {
      const device = TestDevice.make(server);
      const fixture = await TestFixture.add(server);
      await device.hello(await fixture.light());
      server.clock.jump(jumpMs);
      await server.clock.advance(SWEEP_MS);
      assert.deepEqual(await told(), [jumpMs]);
      await device.results();
      await device.bless();
      await device.acknowledge();
      await device.prove();
      assert.equal((await server.admin.unit(device.name)).state, "shippable");
      await server.clock.advance(SWEEP_MS);
      assert.deepEqual(await told(), [jumpMs], "once");
      assert.deepEqual(await server.admin.verifyAudit(), []);
    });

  it("by a correction, or not at all, is not worth a word", async () => {
    server.clock.jump(1500);
    await server.clock.advance(SWEEP_MS);
    await server.clock.advance(SWEEP_MS);
    assert.deepEqual(await told(), []);
  });
});
