// SPDX-License-Identifier: Apache-2.0
// The shipped bundles, from blank to shippable, by genuine light and real HTTP.
import assert from "node:assert/strict";
import { loadBoard } from "../../bench/build/boards.js";
import { loadProduct } from "../../bench/build/product.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import { inProcessFirmware } from "../../bench/line/in-process.js";
import { buildExample, EXAMPLE } from "../tools/example-build.js";
import type { Firmware } from "../../hal/sim/board.js";
import type { LineWorld } from "../../bench/line/bench-unit.js";
import type { LaneChanges, VirtualRun } from "./virtual-lane.js";
import { runVirtualLane } from "./virtual-lane.js";
import { DEVICE_ID, password, ssid, startScenarioServer } from "./scenario.js";

describe("one life in the emulator", function () {
  this.timeout(60_000);
  let first: VirtualRun;
  let again: VirtualRun;
  let called: VirtualRun;
  let calledAgain: VirtualRun;
  let run: (firmware: LineWorld["firmware"], changes?: LaneChanges) => Promise<VirtualRun>;
  let firmware: Firmware;
  let state: string | undefined;
  let serial: string | null | undefined;

  before(async () => {
    const product = loadProduct(EXAMPLE);
    const build = await buildExample("virtual");
    const files = storageFiles(build, "virtual");
    run = async (firmware, changes) => {
      const scenario = await startScenarioServer(product);
      try {
        const result = await runVirtualLane(firmware, product, scenario, changes);
        const unit = (await scenario.server.admin.units()).find((candidate) => candidate.deviceId === DEVICE_ID);
        state = unit?.state;
        serial = unit?.serial;
        return result;
      } finally {
        await scenario.close();
      }
    };
    first = await run(files);
    again = await run(files);
    firmware = await inProcessFirmware(loadBoard("virtual"), product, build);
    called = await run(firmware);
    calledAgain = await run(firmware);
  });

  it("takes every step of the table from light to application", () => {
    assert.equal(first.lists.steps.join(" "), "UlRd RsJr JgJj JjEh EwTt TvBb BrBm BmBa BaWw WzWp WpPg PtCn app");
  });

  it("shows each state on the LED", () => {
    assert.deepEqual(first.lists.ledPatterns, ["AA--", "-", "G", "RR--R-R-R-", "AA--AA-", "GG--", "G"]);
  });

  it("ends shippable, with the first serial number", () => {
    assert.equal(state, "shippable");
    assert.equal(serial, "HS-000001");
  });

  it("leaves neither SSID nor password in flash", () => {
    const image = Buffer.from(first.flash).toString("latin1");
    assert.ok(!image.includes(ssid));
    assert.ok(!image.includes(password));
  });

  it("sends five messages: hello, results, bless, acknowledge, proof", () => {
    const paths = first.lists.messages.map((message) => message.split(" ").slice(0, 2).join(" "));
    assert.deepEqual(
      paths,
      [3, 5, 7, 9, 11].map((type) => `/v1/messages/${type} 200`),
    );
  });

  it("takes the same steps when the firmware is called in process", () =>
    assert.deepEqual(called.lists.steps, first.lists.steps));
  it("sends and gets the same bytes in process", () => assert.deepEqual(called.lists.messages, first.lists.messages));
  it("shows the same patterns, writes the same flash in process", () => {
    assert.deepEqual(called.lists.ledPatterns, first.lists.ledPatterns);
    assert.deepEqual(called.lists.flash, first.lists.flash);
  });
  it("mixes how the light came in into the hello, where the chip's clock goes on over a restart", async () => {
    const hello = async (seed: number, keepsClock: boolean): Promise<string | undefined> =>
      (await run(firmware, { noise: { noise: 0.01, seed }, keepsClock })).lists.messages[0];
    const kept = await hello(1, true);
    assert.equal(await hello(1, true), kept);
    assert.notEqual(await hello(2, true), kept);
    assert.equal(await hello(2, false), await hello(1, false));
  });
  it("does the very same again for the same seed", () => {
    assert.deepEqual(again.lists, first.lists);
    assert.deepEqual(calledAgain.lists.messages, called.lists.messages);
  });
});
