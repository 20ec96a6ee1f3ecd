// SPDX-License-Identifier: Apache-2.0
// Every genuine vector through the shipped receive stage: what it stores is what the light said, and nothing else is stored.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { buildStages } from "../../bench/build/build.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import { captureLight, readCapture } from "../../bench/capture-file.js";
import { receiveEntries } from "../../bench/decode.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { SETTINGS_KIND } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const PRODUCT = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const FOLDER = new URL("../vectors/blinkup/", import.meta.url).pathname;
/** Genuine light that three milliseconds of standstill, now and then, must not harm. */
const UNSHAKEN = ["adc-bi-60.json", "adc-tri-60.json", "adc-tri-30-sdk01.json"];

describe("the shipped receive stage", function () {
  this.timeout(60_000);
  const outDir = mkdtempSync(join(tmpdir(), "lightline-dist-"));
  const board = loadBoard("virtual");
  let files: { [name: string]: string };
  before(async () => {
    files = storageFiles(await buildStages({ boards: ["virtual"], product: PRODUCT, outDir }), "virtual");
  });
  after(() => rmSync(outDir, { recursive: true, force: true }));

  for (const file of readdirSync(FOLDER)) {
    const { expect } = JSON.parse(readFileSync(FOLDER + file, "utf8")) as { expect: { status: string; clear?: true } };
    const stores = expect.status === "complete" && !expect.clear;
    for (const collectEveryMs of UNSHAKEN.includes(file) ? [0, 300] : [0])
      it(`${stores ? "stores" : "does not store"} ${file}${collectEveryMs ? " with collections" : ""}`, async () => {
        const capture = readCapture(FOLDER + file);
        const clock = new VirtualClock();
        const world = {
          clock,
          network: new Network(clock),
          radio: new Radio(clock),
          board,
          firmware: files,
          collectEveryMs,
        };
        const unit = new BenchUnit(world, { mac: "30aea4001122", seed: 1, analog: new Map() });
        const light = new LightChannel({ ambient: 0, swing: 1 });
        light.source = captureLight(capture, 0);
        unit.board.world.light.set(board.light.pin, light);
        unit.board.powerOn();
        const endUs = (capture.samples.length / capture.sampleHz + 1) * 1e6;
        await clock.run(() => unit.lastStep === "RsJr" || clock.nowUs > endUs);
        const { address, bytes } = board.flash.settings;
        const log = new RecordLog(openFlashRegion(unit.flash, Number(address), bytes / 4096), digest);
        const entries = log.read(SETTINGS_KIND)?.subarray(1);
        const expected = stores ? (receiveEntries(capture) as Uint8Array) : undefined;
        assert.deepEqual(entries && Buffer.from(entries), expected && Buffer.from(expected));
        if (expect.clear) assert.ok(unit.steps.includes("RcUc"));
        if (expect.status === "bad-check") assert.ok(unit.steps.includes("RbUx"));
      });
  }
});
