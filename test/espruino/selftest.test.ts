// SPDX-License-Identifier: Apache-2.0
// lightline selftest on a real Espruino: language, memory, crypto and interruptions are real; pins, radio and raw flash are the prelude's.
import assert from "node:assert/strict";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { buildPhases, linesOf, makeProduct, outcomes, testAt } from "../selftest/selftest-bench.js";
import { runCommand } from "../tools/run-command.js";
import { DISGUISED_PRELUDE } from "./disguise.js";
import { RealPort } from "./real-port.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const RAW_BYTES = 65_536;
const BOARD = "esp32-devkitc";
const { chip, light } = loadBoard(BOARD);
const NETWORK = { ssid: "real", password: "real network" };

const PRODUCT = makeProduct(`const good: Phase = { name: "good", run(test) { test.done(); } };
  const throws: Phase = { name: "throws", run() { throw "no relay"; } };
  const late: Phase = { name: "late", run() { imp.wakeup(0.01, () => { throw "too late"; }); } };
  const hangs: Phase = { name: "hangs", timeoutMs: 500, run() { while (hardware.millis() >= 0); } };
  const fills: Phase = {
    name: "fills",
    timeoutMs: 2000,
    run(test) {
      const all: string[] = [];
      while (hardware.millis() >= 0) all.push("so much that no board has room for it, " + all.length);
      test.measure("kept", all.length);
    },
  };
  const last: Phase = { name: "last", run(test) { test.done(); } };
  export const phases: readonly Phase[] = [good, throws, late, hangs, fills, last];`);

describe("lightline selftest on a real Espruino", function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-real-selftest-"));
  const server = createServer((request, response) => {
    request.resume();
    response.end("here");
  });
  let real: RealPort;

  before(async function () {
    if (!binary) {
      console.log(
        "SKIPPED: the self-test was not tried on a real interpreter; set ESPRUINO_BIN to a Linux build of Espruino.",
      );
      this.skip();
    }
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    real = await RealPort.start({
      binary,
      dir,
      prelude: DISGUISED_PRELUDE + TURNED_PIN,
      world: { "world.json": JSON.stringify(world()), "light.bin": lightFile(), "flash.bin": blankRaw() },
    });
  });
  after(() => {
    real?.close();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const world = (): object => ({
    ...NETWORK,
    lightPin: light.pin,
    lightHz: 1000,
    analog: {},
    wires: { 4: 27 },
    flashBase: Number(chip.rawFlash.address),
    entropy: 12345,
    mac: "30aea4000001",
    joinMs: 300,
    port: (server.address() as AddressInfo).port,
  });

  it("passes what a board has", async () => {
    const network = ["--ssid", NETWORK.ssid, "--password", NETWORK.password, "--url", "http://factory.local:80/"];
    const where = ["--port", real.port, "--board", BOARD, "--loopback", "pinC:pinD"];
    const ended = await runCommand("selftest", ...where, ...network, "--json", "--only", ...REAL);
    const told = JSON.parse(ended.out) as {
      seconds: number;
      phases: readonly {
        name: string;
        outcome: string;
        attempts: { measurements: { name: string; value: number }[] }[];
      }[];
    };
    const seen = Object.fromEntries(told.phases.map(({ name, outcome }) => [name, outcome]));
    const words = JSON.stringify(told.phases);
    assert.deepEqual(
      seen,
      { ...Object.fromEntries(REAL.map((name) => [name, "passed"])), temperature: "absent", light: "marginal" },
      words,
    );
    assert.equal(ended.code, 0);
    const { free } = Object.fromEntries(
      told.phases[0]!.attempts[0]!.measurements.map(({ name, value }) => [name, value]),
    );
    console.log(
      `      ${told.phases.length} phases in ${told.seconds} s; ${free} variables free beside the runner, of 5,800`,
    );
    const flash = readFileSync(join(dir, "flash.bin"));
    assert.ok(
      flash.every((byte) => byte === 0xff),
      "the spare page is blank again",
    );
  });

  it("goes on after phases that throw, hang and fill the memory, and the board starts", async () => {
    const report = await testAt(real.port, await buildPhases([], PRODUCT));
    assert.deepEqual(outcomes(report), [
      "good passed",
      "throws error",
      "late error",
      "hangs hung",
      "fills hung",
      "last passed",
    ]);
    // A 64-bit build finds room for as long as the machine has some.
    assert.match(linesOf(report, "fills").join(), /it filled the board's memory|until it was interrupted/);
    for (const name of ["throws", "late", "hangs", "fills"]) console.log(`      ${linesOf(report, name).join("; ")}`);
    assert.deepEqual(outcomes(await testAt(real.port, await buildPhases(["memory"]))), ["memory passed"]);
  });
});

/** An ESP32's Espruino turns the level of GPIO 0 over. */
const TURNED_PIN = `(function () {
  var read = Pin.prototype.read;
  Pin.prototype.read = function () { return read.call(this) !== (this.gpio === 0); };
})();`;

/** Waveform reads nothing on Linux. */
const REAL = [
  "memory",
  "crypto",
  "entropy",
  "flash-page",
  "led",
  "button",
  "loopback",
  "light",
  "temperature",
  "wifi",
  "http",
  "sampler-interval",
  "sampler-timer",
];

/** An even grey. */
const lightFile = (): Uint8Array => new Uint8Array(200_000).fill(40);
const blankRaw = (): Uint8Array => new Uint8Array(RAW_BYTES).fill(0xff);
