// SPDX-License-Identifier: Apache-2.0
// The line as an operator meets it: good units and bad, a server that dies, fresh light for one that failed.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildResult } from "../../bench/build/build.js";
import { buildStages } from "../../bench/build/build.js";
import type { Product } from "../../bench/build/product.js";
import { loadProduct } from "../../bench/build/product.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { Shift } from "../../bench/line/shift.js";
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import { buildExample, EXAMPLE } from "../tools/example-build.js";

const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };
const SAGGING = { ...GOOD, pinA: 2.6 / 2 / 3.6 };

describe("the line", function () {
  this.timeout(60_000);
  let build: BuildResult;
  let product: Product;
  let line: VirtualLine;

  before(async () => {
    product = loadProduct(EXAMPLE);
    build = await buildExample("virtual");
  });
  beforeEach(async () => {
    line = new VirtualLine({ product, build, board: "virtual", seed: 5, dataDir: undefined });
    await line.start();
  });
  afterEach(() => line.close());

  async function light(unit: BenchUnit): Promise<void> {
    line.seat(unit);
    line.clock.after(500_000, () => line.press());
    await line.clock.run(() => unit.lastStep === "RsJr");
    unit.light.source = undefined;
  }
  const until = (done: () => boolean): Promise<void> => line.clock.run(() => done() || line.clock.nowUs > 600e6);
  const viewOf = async (unit: BenchUnit) =>
    (await line.server!.admin.units()).find((view) => view.deviceId === unit.deviceId);
  const settings = (unit: BenchUnit): Uint8Array => line.region(unit, "settings").read(0, 8192);

  it("ends good units shippable and faulty ones failed, with serial numbers in a row and nothing left on board", async () => {
    const shift = new Shift(line, { duts: 8, seed: 5, failRate: 0.4, light: undefined });
    await shift.run();
    const reports = await Promise.all(shift.units.map((seated) => shift.report(seated)));
    assert.deepEqual(
      reports.map((report) => report.problem),
      reports.map(() => ""),
    );
    const faulty = reports.filter((report) => report.faulty);
    assert.ok(faulty.length > 0 && faulty.length < 8);
    const serials = reports.flatMap((report) => report.serial ?? []).sort();
    assert.deepEqual(
      serials,
      serials.map((_, i) => `HS-${String(i + 1).padStart(6, "0")}`),
    );
    assert.deepEqual(await line.server!.admin.verifyAudit(), []);
  });

  it("takes a failed unit again by fresh light once it is mended", async () => {
    const unit = line.makeUnit(1, SAGGING);
    await light(unit);
    await until(() => unit.lastStep.endsWith("Ff"));
    assert.equal((await viewOf(unit))?.state, "failed");
    assert.equal(unit.ledPattern, "R");
    assert.ok(settings(unit).every((byte) => byte === 0xff));
    unit.board.powerOff();
    unit.board.world.analog.set(32, GOOD.pinA);
    await until(() => line.fixture.lastStep === "LtIi");
    await light(unit);
    await until(() => unit.lastStep === "app");
    assert.deepEqual([(await viewOf(unit))?.state, (await viewOf(unit))?.serial], ["shippable", "HS-000001"]);
  });

  it("goes on where it was when the server dies and comes back: one blessing, one serial number", async () => {
    for (const [number, step] of ["JgJj", "EwTt", "TvBb", "BmBa", "WzWp"].entries()) {
      const unit = line.makeUnit(number + 1, GOOD);
      await light(unit);
      await until(() => unit.steps.includes(step));
      await line.stopServer();
      const later = line.clock.nowUs + 5e6;
      await line.clock.run(() => line.clock.nowUs > later);
      await line.startServer();
      await until(() => unit.lastStep === "app");
      const view = await viewOf(unit);
      assert.deepEqual([view?.state, view?.serial], ["shippable", `HS-00000${number + 1}`], step);
      await until(() => line.fixture.lastStep.charAt(2) === "I");
    }
  });

  it("joins again when the network goes, at any point of a run", async () => {
    for (const [number, step] of ["JgJj", "JjEh", "EwTt", "TvBb", "BmBa", "WzWp"].entries()) {
      const unit = line.makeUnit(number + 1, GOOD);
      await light(unit);
      await until(() => unit.steps.includes(step));
      line.radio.drop();
      await until(() => unit.lastStep === "app");
      const view = await viewOf(unit);
      assert.deepEqual([view?.state, view?.serial], ["shippable", `HS-00000${number + 1}`], step);
      await until(() => line.fixture.lastStep.charAt(2) === "I");
    }
  });

  it("is cut free by the watchdog from a server that does not answer, without falling into recovery", async () => {
    const unit = line.makeUnit(1, GOOD);
    await light(unit);
    line.network.hangs = (path) => path.endsWith(`/${MessageType.Results}`) && unit.board.starts < 6;
    await until(() => unit.lastStep === "app");
    assert.ok(unit.board.starts > 6, `${unit.board.starts} starts`);
    assert.equal((await viewOf(unit))?.state, "shippable");
  });

  it("finishes the wipe and proves it when power is cut between blessing and proof", async () => {
    const unit = line.makeUnit(1, GOOD);
    await light(unit);
    await until(() => unit.steps.includes("BaWw"));
    // The wipe has begun within that step; what is lost is everything in RAM.
    unit.board.powerOff();
    line.seat(unit);
    line.clock.after(500_000, () => line.press());
    await until(() => unit.lastStep === "app");
    assert.equal((await viewOf(unit))?.state, "shippable");
    assert.equal((await viewOf(unit))?.serial, "HS-000001");
    assert.ok(settings(unit).every((byte) => byte === 0xff));
  });

  it("stops both units when a neighbour reads the same light", async () => {
    const unit = line.makeUnit(1, GOOD);
    const neighbour = line.makeUnit(2, GOOD);
    line.seat(unit);
    line.seat(neighbour);
    line.clock.after(500_000, () => line.press());
    await until(() => [unit, neighbour].every((board) => board.lastStep.startsWith("F")));
    for (const board of [unit, neighbour]) {
      assert.equal((await viewOf(board))?.state, "failed");
      assert.equal((await viewOf(board))?.serial, null);
      assert.equal(board.ledPattern, "R");
    }
  });

  it("holds a unit in recovery whose application restarts it again and again", async () => {
    const unit = line.makeUnit(1, GOOD);
    await light(unit);
    await until(() => unit.lastStep === "app");
    unit.board.powerOff();
    for (let start = 0; start < 3; start++) {
      unit.board.powerOn();
      unit.board.powerOff();
    }
    unit.board.powerOn();
    const window = line.clock.nowUs + 100e6;
    const steps = unit.steps.length;
    await line.clock.run(() => line.clock.nowUs > window);
    assert.equal(unit.steps.length, steps, "no application, and the window stays open");
    assert.equal(unit.ledPattern, "AA--");
  });
});

describe("a line whose boards have a comparator", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-edges-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const flags of ["BLINKUP_FAST", "BLINKUP_FAST | BLINKUP_BURST"])
    it(`takes units from blank to shippable by a fixture's ${flags}`, async () => {
      const board = "virtual-edges";
      cpSync(EXAMPLE, dir, { recursive: true });
      const rewrite = (file: string, from: string, to: string): void =>
        writeFileSync(join(dir, file), readFileSync(join(dir, file), "utf8").replace(from, to));
      rewrite("product.json", '"virtual"', `"${board}"`);
      rewrite("fixture.ts", "BLINKUP_FAST", flags);
      const edges = loadProduct(dir);
      const built = await buildStages({ boards: [board], product: dir, outDir: join(dir, "dist") });
      const line = new VirtualLine({ product: edges, build: built, board, seed: 5, dataDir: undefined });
      try {
        await line.start();
        const shift = new Shift(line, { duts: 3, seed: 5, failRate: 0, light: undefined });
        await shift.run();
        const reports = await Promise.all(shift.units.map((seated) => shift.report(seated)));
        assert.deepEqual(
          reports.map(({ state, problem }) => [state, problem]),
          reports.map(() => ["shippable", ""]),
        );
      } finally {
        await line.close();
      }
    });
});
