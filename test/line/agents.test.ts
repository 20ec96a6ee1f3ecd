// SPDX-License-Identifier: Apache-2.0
// A label on its way: DUT, its agent, the fixture's agent, the fixture, with a server that goes in between.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAgents } from "../../bench/build/agents.js";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { inProcessFirmware } from "../../bench/line/in-process.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import { EXAMPLE } from "../tools/example-build.js";

const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };
const STAGE = { stageHash: "1122334455667788" };
const BUILD = { virtual: { dut: STAGE, fixture: STAGE, application: STAGE } } as unknown as BuildResult;

const DUT = `
imp.onidle(() => {
  for (let n = 1; n <= 5; n++) agent.send("label", n);
  imp.wakeup(10, () => server.bless(false, () => undefined));
});
`;
const FIXTURE = `
fixture.onbutton(() => server.factoryblinkup(null, null, fixture.emitter, BLINKUP_FAST | BLINKUP_ACTIVEHIGH));
agent.on("show", (label) => server.log("label " + label));
`;

describe("agents on the line", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-agents-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("bring labels from the DUT to the fixture once and in order, over a restart of the server", async () => {
    const folder = join(dir, "product");
    cpSync(EXAMPLE, folder, { recursive: true });
    writeFileSync(join(folder, "dut.ts"), DUT);
    writeFileSync(join(folder, "fixture.ts"), FIXTURE);
    const product = loadProduct(folder);
    const agents = await buildAgents(product);
    const firmware = await inProcessFirmware(loadBoard("virtual"), product, BUILD);
    const options = { product, build: BUILD, board: "virtual", seed: 5, firmware, agents, dataDir: undefined };
    const line = new VirtualLine(options);
    const shown = () => line.fixture.lines.filter((text) => text.startsWith("log: label "));
    try {
      await line.start();
      const unit = line.makeUnit(1, GOOD);
      line.seat(unit);
      line.clock.after(500_000, () => line.press());
      await line.clock.run(() => shown().length > 0 || line.clock.nowUs > 120e6);
      await line.stopServer();
      const later = line.clock.nowUs + 5e6;
      await line.clock.run(() => line.clock.nowUs > later);
      await line.startServer();
      await line.clock.run(() => shown().length >= 5 || line.clock.nowUs > 300e6);
      const end = line.clock.nowUs + 30e6;
      await line.clock.run(() => line.clock.nowUs > end);
      assert.deepEqual(
        shown(),
        [1, 2, 3, 4, 5].map((n) => `log: label ${n}`),
      );
    } finally {
      await line.close();
    }
  });

  it("do not compile when a script calls what agents do not have", async () => {
    const folder = join(dir, "wrong");
    cpSync(EXAMPLE, folder, { recursive: true });
    writeFileSync(join(folder, "dut.agent.ts"), "server.bless(true);\n");
    await assert.rejects(buildAgents(loadProduct(folder)), /dut\.agent\.ts:1: Property 'bless' does not exist/);
  });
});
