// SPDX-License-Identifier: Apache-2.0
// One life from the wire to shippable: lightline flash puts the stages into a real Espruino over tcp://, and each start runs what the
// command left in its own Storage. All that the board does equals the emulator's, whose stages no cable touched.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { loadProduct } from "../../bench/build/product.js";
import type { LaneLists, ScenarioServer } from "../lanes/scenario.js";
import { DEVICE_ID, password, ssid, startScenarioServer } from "../lanes/scenario.js";
import { BLANK, hasSettled, lightBytes, listsOf, marked, worldOf } from "../lanes/real-lane.js";
import { runVirtualLane } from "../lanes/virtual-lane.js";
import { buildFiles } from "../flash/flash-bench.js";
import { EXAMPLE } from "../tools/example-build.js";
import { runCommand } from "../tools/run-command.js";
import { DISGUISED_PRELUDE } from "./disguise.js";
import { RealPort } from "./real-port.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const LIFE_MS = 150_000;
/** Where the cable comes off, of all bytes that flashing takes. */
const CUTS = [0.2, 0.6, 0.97];

describe("a life flashed into a real Espruino", function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-flashed-"));
  const product = loadProduct(EXAMPLE);
  const board = loadBoard(product.board);
  let emulated: LaneLists;
  let bytesOfAll = 0;

  before(async function () {
    if (!binary) {
      console.log(
        "SKIPPED: no life was flashed into a real interpreter; set ESPRUINO_BIN to a Linux build of Espruino.",
      );
      this.skip();
    }
    const scenario = await startScenarioServer(product);
    emulated = (await runVirtualLane(await buildFiles(board.name), product, scenario)).lists;
    await scenario.close();
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const flash = async (real: RealPort) => {
    const ended = await runCommand("flash", "--board", board.name, "--port", real.port, "--json");
    const { boards } = JSON.parse(ended.out) as { boards: { [key: string]: unknown }[] };
    return { code: ended.code, err: ended.err, row: boards[0]! };
  };

  const livesOn = async (real: RealPort, folder: string, scenario: ScenarioServer): Promise<void> => {
    if (!marked(real, "app").length) await real.until((line) => hasSettled(line, real), LIFE_MS);
    const lists = listsOf(real, scenario);
    const units = await scenario.server.admin.units();
    assert.deepEqual(
      units.map(({ deviceId, state }) => [deviceId, state]),
      [[DEVICE_ID, "shippable"]],
    );
    assert.deepEqual(lists.steps, emulated.steps);
    assert.deepEqual(lists.ledPatterns, emulated.ledPatterns);
    assert.deepEqual(lists.flash, emulated.flash);
    assert.deepEqual(lists.messages, emulated.messages);
    for (const file of ["flash.bin", "espruino.flash"]) {
      const image = readFileSync(join(folder, file), "latin1");
      assert.ok(!image.includes(ssid) && !image.includes(password), `${file} has the factory's network`);
    }
  };

  const onBoard = async (name: string, live: (real: RealPort, scenario: ScenarioServer) => Promise<void>) => {
    const scenario = await startScenarioServer(product);
    const folder = join(dir, name);
    const world = {
      "world.json": JSON.stringify(worldOf(board, { port: scenario.port })),
      "light.bin": lightBytes(),
      "flash.bin": BLANK,
    };
    const real = await RealPort.start({ binary, dir: folder, prelude: DISGUISED_PRELUDE, world });
    try {
      await live(real, scenario);
      await livesOn(real, folder, scenario);
    } finally {
      real.close();
      await scenario.close();
    }
  };

  it("goes from blank to shippable as the emulator's does", () =>
    onBoard("whole", async (real) => {
      const { code, err, row } = await flash(real);
      assert.deepEqual([code, err, row.status, row.greeting], [0, "", "flashed", "~led AA--"]);
      bytesOfAll = real.bytesHeard;
    }));

  it("does so too where the cable came off and the power went, until the command had finished", () =>
    onBoard("interrupted", async (real) => {
      for (const share of CUTS) {
        real.cutAt = real.bytesHeard + Math.floor((bytesOfAll * share) / CUTS.length);
        const { code, err } = await flash(real);
        assert.equal(code, 1);
        assert.match(err, /BOARD_LOST: /);
        real.cutAt = Infinity;
        real.powerCycle();
        assert.deepEqual(marked(real, "@flash "), [], "no stage has run");
      }
      const { code, err, row } = await flash(real);
      assert.deepEqual([code, err, row.status, row.greeting], [0, "", "flashed", "~led AA--"]);
    }));
});
