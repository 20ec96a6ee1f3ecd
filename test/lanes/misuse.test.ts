// SPDX-License-Identifier: Apache-2.0
// An application that calls what belongs to the factory restarts the device; at the third start in a row only light is heard.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult, Stage } from "../../bench/build/build.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import type { EmulatedBoard } from "../../emulator/emulated-board.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import { buildMisuse, makeProductionDevice, RESERVED_CALLS, withCall } from "./misuse.js";

/** What only a DUT or a fixture is made of. */
const FACTORY_SOURCES =
  /(roles\/(dut|fixture)|api\/dut-imp|device\/(self-test|light-sender|light-order)|blessing\/device-machine)\.ts$/;

describe("an application that misuses the factory's calls", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-misuse-"));
  const board = loadBoard("virtual");
  let build: BuildResult;

  before(async () => void (build = await buildMisuse(dir, board.name)));
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const call of RESERVED_CALLS)
    it(`restarts over ${call}, and recovery holds it`, async () => {
      const clock = new VirtualClock();
      const firmware = withCall(build, board.name, call);
      const world = { clock, network: new Network(clock), radio: new Radio(clock), board, firmware };
      const unit = new BenchUnit(world, { mac: "30aea4001122", seed: 1, analog: new Map() });
      makeProductionDevice(unit.flash, board.flash);
      unit.board.powerOn();
      await clock.run(() => clock.nowUs > 200e6);
      const uncaught = unit.lines.filter((line) => line.startsWith("uncaught: "));
      // Two starts of the application, and the third is recovery: light only, for as long as it takes.
      const reserved = "uncaught: reserved for factory firmware";
      assert.deepEqual(uncaught, [reserved, reserved]);
      assert.equal(unit.board.starts, 3);
      assert.equal(unit.ledPattern, "AA--");
      const closed = { bluetooth: false, telnet: false, accessPoint: false, serial: false };
      assert.deepEqual((unit.board as EmulatedBoard).consoles, closed);
    });

  it("has none of their code to go round the refusal with", () => {
    const factoryOf = (stage: Stage): string[] => {
      const map = readFileSync(`${build[board.name]![stage].file}.map`, "utf8");
      return (JSON.parse(map) as { sources: string[] }).sources.filter((source) => FACTORY_SOURCES.test(source));
    };
    assert.deepEqual(factoryOf("application"), []);
    assert.equal(new Set([...factoryOf("dut"), ...factoryOf("fixture")]).size, 7, "each is found where it belongs");
  });
});
