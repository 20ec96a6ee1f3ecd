// SPDX-License-Identifier: Apache-2.0
// A script that says more than one message carries is heard all the same, in order.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { inProcessFirmware } from "../../bench/line/in-process.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";

const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };
const STAGE = { stageHash: "1122334455667788" };
const BUILD = { virtual: { dut: STAGE, fixture: STAGE, application: STAGE } } as unknown as BuildResult;
const LINES = 150;

const SCRIPT = `
import { phases } from "./selftest.js";

imp.onidle(() => {
  let long = "x";
  while (long.length < 5000) long = long + long;
  server.log(long);
  for (let line = 0; line < ${LINES}; line++) server.log("line " + line + ", and words enough to fill a message with some of them");
  selftest.run(phases, (passed) => server.bless(passed, () => undefined));
});
`;

describe("a script that says much", () => {
  const dir = mkdtempSync(join(tmpdir(), "lightline-said-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("is heard to the last line, but for one that no message can carry", async () => {
    const folder = join(dir, "product");
    cpSync(EXAMPLE, folder, { recursive: true });
    writeFileSync(join(folder, "dut.ts"), SCRIPT);
    const product = loadProduct(folder);
    const firmware = await inProcessFirmware(loadBoard("virtual"), product, BUILD);
    const line = new VirtualLine({ product, build: BUILD, board: "virtual", seed: 5, firmware, dataDir: undefined });
    try {
      await line.start();
      const unit = line.makeUnit(1, GOOD);
      line.seat(unit);
      line.clock.after(500_000, () => line.press());
      await line.clock.run(() => unit.lastStep === "app" || line.clock.nowUs > 120e6);
      const { state, items } = await line.server!.admin.unit(unit.deviceId);
      const said = items.map(({ data }) => JSON.parse(data) as string).filter((text) => text.startsWith("line "));
      assert.deepEqual(
        said.map((text) => parseInt(text.slice(5))),
        Array.from({ length: LINES }, (_, n) => n),
      );
      assert.equal(state, "shippable");
      assert.ok(unit.lines.some((text) => text.startsWith("not sent, too long for one message: log")));
    } finally {
      await line.close();
    }
  });
});
