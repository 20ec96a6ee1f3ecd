// SPDX-License-Identifier: Apache-2.0
// lightline flash against a real Espruino, whose own Storage then boots the stages.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import type { Flashed } from "../../bench/flash/flash-board.js";
import { flashBoard } from "../../bench/flash/flash-board.js";
import { BOARD, buildFiles, otherVersion } from "../flash/flash-bench.js";
import type { Files } from "../flash/flash-bench.js";
import { MAC } from "../lanes/scenario.js";
import { RealPort } from "./real-port.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const RAW_BYTES = 65_536;
const board = loadBoard(BOARD);

/** The Linux port loses what is typed while its program is busy, and a virtual hour a second is busy: time goes slowly here. */
const PRELUDE = readFileSync(new URL("../../emulator/prelude/prelude.js", import.meta.url), "latin1").replace(
  "setInterval(__pump, 1)",
  "setInterval(__pump, 50)",
);

/** As an ESP32 has it: its own name, and no prelude in its Storage or its memory. */
const DISGUISE = `(function () {
  var all = require, storage = all("Storage"), shown = {}, own = process;
  ["read", "readArrayBuffer", "write", "erase", "getFree", "getStats", "compact"].forEach(function (name) {
    shown[name] = function (a, b, c, d) { return storage[name](a, b, c, d); };
  });
  shown.list = function () { return storage.list().filter(function (name) { return name != ".boot0"; }); };
  global.require = function (name) { return name == "Storage" ? shown : all(name); };
  global.process = {
    env: { VERSION: own.env.VERSION, BOARD: "ESP32" },
    memory: function () { return { free: 5800 - own.memory().usage + used, usage: own.memory().usage }; },
    on: function (event, run) { own.on(event, run); }
  };
  var used = own.memory().usage;
})();`;

describe("lightline flash on a real Espruino", function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-real-flash-"));
  let files: Files;
  let real: RealPort;

  before(async function () {
    if (!binary) {
      console.log(
        "SKIPPED: flashing was not tried on a real interpreter; set ESPRUINO_BIN to a Linux build of Espruino.",
      );
      this.skip();
    }
    files = await buildFiles();
    real = await RealPort.start({
      binary,
      dir,
      prelude: PRELUDE + DISGUISE,
      world: { "world.json": JSON.stringify(world()), "light.bin": new Uint8Array(8000), "flash.bin": blankRaw() },
    });
  });
  after(() => {
    real?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const flash = (build: Files, yes = false): Promise<Flashed> =>
    flashBoard(real.port, { board, files: build, role: undefined, dryRun: false, yes }, () => undefined);

  it("writes every stage, which then starts", async () => {
    const { status, greeting, plan, seconds } = await flash(files);
    assert.deepEqual([status, greeting], ["flashed", "~led AA--"]);
    console.log(`      ${plan.bytes} bytes in ${seconds.toFixed(1)} s`);
  });

  it("finds it there the second time", async () => {
    const { status, greeting } = await flash(files);
    assert.deepEqual([status, greeting], ["unchanged", "~led AA--"]);
  });

  it("finishes another version after the cable came off, and the power went", async () => {
    const next = otherVersion(files);
    for (const share of [0.1, 0.5, 0.99]) {
      real.cutAt = real.bytesHeard + Math.floor(170_000 * share);
      await flash(next).catch((error: { code: string }) => assert.equal(error.code, "BOARD_LOST"));
      real.cutAt = Infinity;
      real.powerCycle();
    }
    const { greeting } = await flash(next);
    assert.equal(greeting, "~led AA--");
  });

  it("compacts when there is no room otherwise", async () => {
    const { plan, greeting } = await flash(files);
    assert.ok(plan.steps.some(({ kind }) => kind === "compact"));
    assert.equal(greeting, "~led AA--");
    assert.equal((await flash(files)).status, "unchanged");
  });
});

const blankRaw = (): Uint8Array => new Uint8Array(RAW_BYTES).fill(0xff);

const world = (): object => ({
  mac: MAC,
  ssid: "none",
  password: "",
  joinMs: 100,
  port: 0,
  pressMs: 0,
  entropy: 1,
  flashBase: Number(board.chip.rawFlash.address),
  lightPin: board.light.pin,
  emitterPin: board.emitter?.pin ?? -1,
  lightHz: board.light.sampleHz,
  analog: {},
  wires: {},
});
