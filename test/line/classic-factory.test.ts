// SPDX-License-Identifier: Apache-2.0
// Programs in the original's style, through the shipped bundles: asynchronous tests, time-out, report, button, footswitch, lamps, lock-out, labels.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAgents } from "../../bench/build/agents.js";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { buildStages } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import type { AgentScripts } from "../../server/agents/agent-host.js";

const GOOD = { pinA: 3.3 / 2 / 3.6 };

describe("examples/classic-factory", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-classic-"));
  const product = loadProduct(new URL("../../examples/classic-factory", import.meta.url).pathname);
  const { pins } = loadBoard(product.board);
  let build: BuildResult;
  let agents: AgentScripts;
  let line: VirtualLine;
  /** "red 1", "green 0", ... as they change. */
  let lamps: string[];

  before(async () => {
    build = await buildStages({ boards: [product.board], product: product.dir, outDir: dir });
    agents = await buildAgents(product);
  });
  beforeEach(async () => {
    line = new VirtualLine({ product, build, board: product.board, seed: 5, agents, dataDir: undefined });
    await line.start();
    lamps = [];
    const { world } = line.fixture.board;
    const lit = world.onWrite;
    const names = { [pins.pinG!]: "red", [pins.pinH!]: "green" };
    world.onWrite = (gpio, level) => {
      lit?.(gpio, level);
      if (names[gpio]) lamps.push(`${names[gpio]} ${Number(level)}`);
    };
  });
  afterEach(() => line.close());
  after(() => rmSync(dir, { recursive: true, force: true }));

  const until = (done: () => boolean): Promise<void> => line.clock.run(() => done() || line.clock.nowUs > 300e6);
  const pass = (seconds: number): Promise<void> => {
    const endUs = line.clock.nowUs + seconds * 1e6;
    return line.clock.run(() => line.clock.nowUs >= endUs);
  };
  const press = (pin: string): void => {
    const { board } = line.fixture;
    board.drive(pins[pin]!, false);
    line.clock.after(100_000, () => board.drive(pins[pin]!, true));
  };
  const said = (unit: BenchUnit): string[] => unit.lines.filter((text) => /^(log|error): /.test(text));
  const view = (unit: BenchUnit) => line.server!.admin.unit(unit.deviceId);

  it("takes a unit from the button to a label at the fixture, in the original's order", async () => {
    const unit = line.makeUnit(1, GOOD);
    line.seat(unit);
    await pass(0.5);
    press("pinF");
    await until(() => said(line.fixture).length >= 4 && unit.steps.includes("app"));
    assert.equal((await view(unit)).state, "shippable");
    assert.deepEqual(said(unit), ["log: Blessing PASSED", "log: Hello"]);
    const mac = unit.deviceId.slice(4);
    assert.deepEqual(said(line.fixture), [
      "log: Ready",
      "log: Sending BlinkUp",
      `log: Unit ${mac} passed`,
      `log: Label: {"mac":"${mac}","deviceId":"${unit.deviceId}"}`,
    ]);
    await pass(4);
    assert.deepEqual(lamps.slice(-4), ["red 0", "green 1", "red 0", "green 0"]);
    const agent = (await view(unit)).items.filter(({ name }) => name === "agent log").map(({ data }) => data);
    assert.deepEqual(
      agent.map((text) => (JSON.parse(text) as string).split(":")[0]),
      ["radio passed", "loopback passed", "battery passed"],
    );
    const blank = line.region(unit, "settings").read(0, 8192);
    assert.ok(blank.every((byte) => byte === 0xff));
  });

  it("is not lit again while it is locked out, by button or footswitch", async () => {
    const sent = (): number => said(line.fixture).filter((text) => text === "log: Sending BlinkUp").length;
    press("pinE");
    await pass(1);
    press("pinF");
    await pass(1);
    press("pinE");
    await pass(2);
    assert.equal(sent(), 1);
    await pass(2);
    press("pinF");
    await pass(1);
    assert.equal(sent(), 2);
  });

  it("fails a unit whose test never ends, 20 s after its start, and shows red", async () => {
    const unit = line.makeUnit(1, GOOD);
    unit.board.world.wires.clear();
    line.seat(unit);
    await pass(0.5);
    press("pinF");
    await until(() => unit.steps.some((step) => step.startsWith("E")));
    const begunUs = line.clock.nowUs;
    await until(() => said(line.fixture).some((text) => text.endsWith(" failed")));
    assert.ok(line.clock.nowUs - begunUs >= 20e6 && line.clock.nowUs - begunUs < 25e6);
    assert.deepEqual(lamps.slice(-2), ["red 1", "green 0"]);
    const failed = await view(unit);
    assert.deepEqual([failed.state, failed.serial], ["failed", null]);
    const report = failed.items.find(({ name }) => name === "testresult");
    assert.match(report!.data, /"passed":false,"problem":"timeout"/);
  });
});
