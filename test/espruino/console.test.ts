// SPDX-License-Identifier: Apache-2.0
// The console, capture and send with a real Espruino at the other end; its pins are the prelude's.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoardConsole } from "../../bench/board/board-console.js";
import { loadProduct } from "../../bench/build/product.js";
import { fieldsOf } from "../../bench/decode.js";
import type { FlashDump } from "../../bench/flash-dump/dump.js";
import type { Secret } from "../../bench/flash-dump/secret.js";
import { receiveLight } from "../../bench/light/reception.js";
import { ADDRESS, PRODUCT, PRODUCT_DIR } from "../tools-store/store-bench.js";
import { decodeFile, runCommand } from "../tools/run-command.js";
import { TestServer } from "../tools/test-server.js";
import { RealConsole } from "./real-console.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const SETTINGS = ["--ssid", "ab", "--password", ""];
const FIELDS = { ssid: "ab", password: "" };
/** Pins that the board file allows; to the prelude one is as good as another. */
const EDGE_GPIO = 4;
const ANALOG_GPIO = 32;

/**
 * analogRead sees the next sample of light.bin at each call; setWatch sees the runs of runs.json; what the lamp
 * does is written into pulses.txt: trains as they are handed over, and levels. Raw flash is flash.bin.
 */
const PRELUDE = `(function () {
  var fs = require("fs"), light, reads = 0;
  global.Pin = function (gpio) { this.gpio = gpio; };
  Pin.prototype.read = function () { return level; };
  Pin.prototype.write = function (value) { fs.appendFileSync("pulses.txt", "w " + value + "\\n"); };
  global.analogRead = function () {
    light = light || E.toUint8Array(fs.readFileSync("light.bin"));
    return (light[reads++] || 0) / 256;
  };
  global.digitalPulse = function (pin, value, ms) {
    fs.appendFileSync("pulses.txt", "p " + value + " " + ms.join(" ") + "\\n");
  };
  var level = false;
  global.setWatch = function (run) {
    var runs = JSON.parse(fs.readFileSync("runs.json")), at = 0, due = getTime() + Math.abs(runs[0]) / 1e6;
    setInterval(function () {
      while (at < runs.length - 1 && due <= getTime()) {
        level = runs[++at] > 0;
        run({ time: due, state: level });
        due += Math.abs(runs[at]) / 1e6;
      }
    }, 2);
    return 1;
  };
  var require = global.require;
  function program(data, address) {
    var all = fs.readFileSync("flash.bin"), at = address - ${ADDRESS}, text = "";
    for (var i = 0; i < data.length; i++) text += String.fromCharCode(all.charCodeAt(at + i) & data[i]);
    fs.writeFileSync("flash.bin", all.substr(0, at) + text + all.substr(at + data.length));
  }
  var flash = {
    read: function (length, address) {
      return E.toUint8Array(fs.readFileSync("flash.bin").substr(address - ${ADDRESS}, length));
    },
    write: program,
    erasePage: function (address) {
      var all = fs.readFileSync("flash.bin"), at = address - ${ADDRESS}, page = "\\xff";
      while (page.length < 4096) page += page;
      fs.writeFileSync("flash.bin", all.substr(0, at) + page + all.substr(at + 4096));
    }
  };
  global.require = function (name) { return name == "Flash" ? flash : require(name); };
})();`;

describe("the console of a real Espruino", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-console-"));
  const file = (name: string) => join(dir, name);
  let real: RealConsole;

  before(async function () {
    if (!binary) {
      console.log(
        "SKIPPED: the console was not tried on a real interpreter; set ESPRUINO_BIN to a Linux build of Espruino.",
      );
      this.skip();
    }
    real = await RealConsole.start({ binary, dir, prelude: PRELUDE });
  });
  after(() => {
    real?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const content = (name: string) => JSON.parse(readFileSync(file(name), "utf8")) as { [key: string]: unknown };
  const pulses = () => readFileSync(file("pulses.txt"), "utf8").trim().split("\n");

  it("tells who it is, answers, says what went wrong, forgets at reset(), and starts anew", async () => {
    const board = await BoardConsole.open(real.port);
    try {
      assert.match(board.identity.firmware, /^2v\d+/);
      assert.equal(board.identity.chip, "LINUX");
      assert.equal(await board.evaluate("global.kept = 6 * 7"), "42");
      await assert.rejects(board.evaluate("nope + 1"), { code: "BOARD_FAULT", message: /"nope" is not defined/ });
      await assert.rejects(board.evaluate("1 +"), { code: "BOARD_FAULT", message: /SyntaxError/ });
      await board.reset();
      assert.equal(await board.evaluate("typeof kept"), "undefined");
      assert.equal(await board.evaluate("(function () {\n  var a = 1;\n  return a + 1;\n})()"), "2");
      await assert.rejects(board.evaluate("(function () { while (true); })()", 300), { code: "BOARD_SILENT" });
    } finally {
      await board.restart();
      board.close();
    }
  });

  it("is there again after a program that hung", async () => {
    const board = await BoardConsole.open(real.port);
    assert.equal(await board.evaluate("1 + 1"), "2");
    await board.restart();
    board.close();
  });

  it("samples light that decodes", async () => {
    await runCommand("send", "--out", file("sent.json"), ...SETTINGS, "--sample-hz", "400");
    writeFileSync(file("light.bin"), Buffer.from(content("sent.json").samplesU8 as string, "base64"));
    const where = ["--port", real.port, "--board", "esp32-devkitc", "--pin", String(ANALOG_GPIO), "--sample-hz", "400"];
    const ended = await runCommand("capture", "--out", file("seen.json"), ...where, "--seconds", "6", "--json");
    const facts = JSON.parse(ended.out) as { sampleHz: number; ticks: string; lostBlocks: number; jitterUs: object };
    // Tasks of the hardware timer never run on Linux, which the program finds out.
    assert.deepEqual([ended.code, facts.ticks, facts.lostBlocks], [0, "interval", 0], ended.err);
    assert.ok(Math.abs(facts.sampleHz - 400) < 4, `${facts.sampleHz} Hz`);
    assert.deepEqual(await decodeFile(file("seen.json")), { status: "complete", ...FIELDS });
    console.log(
      `      ${facts.sampleHz.toFixed(2)} samples a second of 400, jitter in us: ${JSON.stringify(facts.jitterUs)}`,
    );
  });

  it("becomes a fixture that the server knows", async () => {
    const server = await TestServer.open();
    writeFileSync(file("flash.bin"), Buffer.alloc(0x4000, 0xff));
    const network = ["--ssid", "Fabrik Süd", "--password", "höchst geheim"];
    await server.admin.putProduct(loadProduct(PRODUCT_DIR));
    const where = ["--data", server.dataDir, "--product", PRODUCT_DIR, "--board", "esp32-devkitc", "--port", real.port];
    const ended = await runCommand("fixture", "add", ...where, ...network, "--json");
    assert.equal(ended.code, 0, ended.err);
    const { fixture } = JSON.parse(ended.out) as { fixture: string };
    assert.deepEqual(await server.admin.fixtures(), [
      { id: fixture, product: PRODUCT, group: "fixture", revoked: false },
    ]);
    const { out } = await runCommand("flash-dump", file("flash.bin"), "--offset", "0", "--json", "--secrets");
    const { settings, identity } = JSON.parse(out) as FlashDump;
    assert.equal((settings.current?.entries.password as Secret).value, "höchst geheim");
    assert.equal((identity.current.fixture as { id: string }).id, fixture);
    const again = await runCommand("fixture", "add", ...where, ...network);
    assert.match(again.err, /^BOARD_IN_USE: /);
    await server.close();
  });

  it("takes edges that decode", async () => {
    await runCommand("send", "--out", file("edges.json"), ...SETTINGS, "--waveform", "burst");
    writeFileSync(file("runs.json"), JSON.stringify(content("edges.json").runsUs));
    const where = ["--port", real.port, "--board", "esp32-devkitc", "--pin", String(EDGE_GPIO), "--sensor", "edges"];
    const ended = await runCommand("capture", "--out", file("watched.json"), ...where, "--seconds", "3", "--json");
    assert.equal(ended.code, 0, ended.err);
    assert.deepEqual(await decodeFile(file("watched.json")), { status: "complete", ...FIELDS });
  });

  it("shows a burst in one call", async () => {
    rmSync(file("pulses.txt"), { force: true });
    const how = ["--waveform", "burst", "--rate", "2000", "--repeat", "2", "--json"];
    const ended = await runCommand("send", "--port", real.port, "--board", "esp32-devkitc", ...SETTINGS, ...how);
    assert.equal(ended.code, 0, ended.err);
    const trains = pulses().filter((line) => line.startsWith("p "));
    assert.equal(trains.length, 2);
    const [, level, ...ms] = (trains[0] as string).split(" ");
    assert.equal(level, "1");
    const us = ms.map((text, i) => Number(text) * (i % 2 ? -1000 : 1000));
    const { entries } = receiveLight({ form: "edges", pieces: [Int32Array.from([-500_000, ...us, -500_000])] });
    assert.ok(entries);
    assert.deepEqual(fieldsOf(entries), FIELDS);
  });

  it("shows bi-level symbol by symbol", async () => {
    rmSync(file("pulses.txt"), { force: true });
    const ended = await runCommand(
      "send",
      "--port",
      real.port,
      "--board",
      "esp32-devkitc",
      ...SETTINGS,
      "--rate",
      "60",
    );
    assert.equal(ended.code, 0, ended.err);
    // In order and each once; how even the ticks are is this machine's affair.
    const levels = pulses().map((line) => Number(line.split(" ")[1]));
    const us = levels.map((lit) => (lit ? 16_667 : -16_667));
    const { entries } = receiveLight({ form: "edges", pieces: [Int32Array.from([...us, -500_000])] });
    assert.ok(entries);
    assert.deepEqual(fieldsOf(entries), FIELDS);
  });

  it("is known when it is locked", async () => {
    const board = await BoardConsole.open(real.port);
    await board.evaluate('(E.setPassword("secret"), E.lockConsole())');
    board.close();
    await assert.rejects(BoardConsole.open(real.port), { code: "BOARD_LOCKED", exitCode: 1 });
  });
});
