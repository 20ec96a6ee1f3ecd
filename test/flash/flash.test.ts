// SPDX-License-Identifier: Apache-2.0
// lightline flash: an emulated board gets the stages over its console, and starts them; what is refused leaves it as it was.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { loadBoard } from "../../bench/build/boards.js";
import { PAGE_BYTES } from "../../bench/flash/plan.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, WipePhase } from "../../firmware/store/kinds.js";
import type { NorFlash } from "../../hal/sim/models/nor-flash.js";
import type { ConsoleBoard, ConsoleBoardOptions } from "../../emulator/console-board.js";
import { openPty } from "../tools/pty.js";
import { runCommand } from "../tools/run-command.js";
import { logOf } from "../tools-store/store-bench.js";
import type { Files } from "./flash-bench.js";
import { blank, BOARD, buildFiles, flash, otherVersion, startBoard, stored, without } from "./flash-bench.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const UNCONFIGURED = "~led AA--";

describe("lightline flash", function () {
  this.timeout(60_000);
  let files: Files;
  const boards: ConsoleBoard[] = [];
  const start = async (options: ConsoleBoardOptions = {}): Promise<ConsoleBoard> => {
    const fake = await startBoard(options);
    boards.push(fake);
    return fake;
  };
  before(async () => (files = await buildFiles()));
  afterEach(() => boards.splice(0).forEach((fake) => fake.close()));

  const holds = (fake: ConsoleBoard, expected: Files) => assert.deepEqual(stored(fake), expected);
  const kinds = (steps: readonly { kind: string; name?: string }[]) =>
    steps.map(({ kind, name }) => (name ? `${kind} ${name}` : kind));

  describe("a board", () => {
    it("gets every stage, the boot file last and to the end of a page, and starts", async () => {
      const fake = await start();
      const result = await flash(fake, files);
      assert.deepEqual([result.status, result.greeting], ["flashed", UNCONFIGURED]);
      holds(fake, files);
      assert.equal(fake.board.storage.list().at(-1), ".bootcde");
      assert.equal(fake.board.storage.freeBytes % PAGE_BYTES, 0);
      assert.equal(fake.board.storage.trashBytes, 0);
      const before = fake.said.length;
      fake.powerCycle();
      assert.equal(fake.said[before], UNCONFIGURED, "after a power cut too");
    });

    it("is written nothing the second time, and starts again", async () => {
      const fake = await start({ storage: files });
      fake.board.storage.onChange = () => assert.fail("written");
      const result = await flash(fake, files);
      assert.deepEqual([result.status, result.plan.bytes, result.greeting], ["unchanged", 0, UNCONFIGURED]);
    });

    it("keeps the stages that are right, and loses the old boot file first", async () => {
      const fake = await start({ storage: { ...files, "ll.dut": "old", "mine.txt": "kept" } });
      const { plan } = await flash(fake, files);
      const keeps = ["keep ll.receive", "keep ll.fixture", "keep ll.application"];
      const writes = ["write ll.dut", "pad", "write .bootcde"];
      assert.deepEqual(kinds(plan.steps), ["erase .bootcde", "erase ll.dut", ...keeps, ...writes]);
      holds(fake, { ...files, "mine.txt": "kept" });
    });

    it("with Bluetooth on has it switched off first", async () => {
      const fake = await start({ bluetooth: true });
      const { status, plan, greeting } = await flash(fake, files);
      assert.deepEqual([status, plan.steps[0]?.kind, greeting], ["flashed", "bluetooth-off", UNCONFIGURED]);
      assert.equal(fake.board.consoles.bluetooth, false);
      holds(fake, files);
    });

    it("without room has its Storage compacted, once nothing starts from there", async () => {
      const old = otherVersion(files);
      const fake = await start({ storage: old, storageBytes: 160_000 });
      const { plan } = await flash(fake, files);
      assert.ok(kinds(plan.steps).indexOf("erase .bootcde") < kinds(plan.steps).indexOf("compact"));
      holds(fake, files);
    });

    it("of a role goes without the other role's stage", async () => {
      const fake = await start({ storage: otherVersion(files) });
      const dut = without(files, "ll.fixture");
      await flash(fake, dut, { role: "dut" });
      holds(fake, dut);
    });

    it("over a serial port is the same", async function () {
      const fake = await start();
      const pty = await openPty(fake.tcpPort);
      if (!pty) return this.skip();
      try {
        Object.defineProperty(fake, "port", { value: pty.path });
        assert.equal((await flash(fake, files)).status, "flashed");
        holds(fake, files);
      } finally {
        pty.close();
      }
    });
  });

  describe("over a bad cable", () => {
    it("sends lines again that lost a byte, wherever", async () => {
      const fake = await start({ loses: [30_000, 40_001, 50_123, 60_300, 70_000].map((at) => at + 7) });
      await flash(fake, files);
      holds(fake, files);
    });

    it("asks again when an answer comes garbled, and gives up when all do", async () => {
      let answers = 0;
      const garble = (often: number) => (line: string) =>
        line.endsWith("=written") && ++answers % often === 0 ? line.replace("written", "wr#tten") : line;
      const fake = await start({ line: garble(7) });
      await flash(fake, files);
      holds(fake, files);
      await assert.rejects(flash(await start({ line: garble(1) }), files), { code: "BOARD_GARBLED", exitCode: 1 });
    });

    it("writes a file again that does not read back, and gives up when it never does", async () => {
      const spoil = (fake: ConsoleBoard, times: number) => {
        const { storage } = fake.board;
        const write = storage.write.bind(storage);
        let left = times;
        storage.write = (name, data, offset, size) =>
          write(name, name === "ll.dut" && offset === 192 && left-- > 0 ? data.slice(1) + " " : data, offset, size);
      };
      const fake = await start();
      spoil(fake, 1);
      await flash(fake, files);
      holds(fake, files);
      const worn = await start();
      spoil(worn, Infinity);
      await assert.rejects(flash(worn, files), { code: "STORAGE_FAULT", exitCode: 1 });
      assert.ok(!worn.board.files.has(".bootcde"));
    });
  });

  describe("refuses, and leaves as it was,", () => {
    const lacking = (module: string) =>
      `var __all = require; global.require = function (n) { if (n === "${module}") throw new Error("none"); return __all(n); };`;
    const cases: readonly (readonly [string, ConsoleBoardOptions, string, RegExp])[] = [
      ["Espruino of before", { says: { VERSION: "2v21" } }, "BOARD_FIRMWARE", /2v21: put one of 2v27/],
      ["Espruino of later", { says: { VERSION: "2v30.1" } }, "BOARD_FIRMWARE", /2v30\.1/],
      ["another chip", { says: { BOARD: "ESP32C3_IDF4" } }, "BOARD_CHIP", /ESP32C3_IDF4, not for ESP32:/],
      ["a build without crypto", { always: lacking("crypto") }, "BOARD_NO_CRYPTO", /without crypto/],
      [
        "one with wrong crypto",
        { always: `require("crypto").SHA256 = function () { return new ArrayBuffer(32); };` },
        "BOARD_NO_CRYPTO",
        /wrong values/,
      ],
      ["a build without raw flash", { always: lacking("Flash") }, "BOARD_NO_FLASH", /module Flash/],
      [
        "one whose memory is full",
        { always: "process.memory = function () { return { free: 900 }; };" },
        "BOARD_MEMORY",
        /900 variables free of 2900/,
      ],
      ["a Storage without room", { storageBytes: 65_536 }, "STORAGE_FULL", /need \d+ kB .* has 6\d kB/],
    ];
    for (const [what, options, code, said] of cases)
      it(what, async () => {
        const fake = await start({ storage: { "mine.txt": "kept" }, ...options });
        fake.board.storage.onChange = () => assert.fail("written");
        await assert.rejects(flash(fake, files, { yes: true }), { code, message: said, exitCode: 1 });
        holds(fake, { "mine.txt": "kept" });
      });

    const identities: readonly (readonly [string, (flash: NorFlash) => void, RegExp])[] = [
      ["a fixture", makeFixture, /is fixture 0001020304050607, and keeps that: say --yes/],
      ["a blessed unit", bless, /blessed unit, serial number HS-000007/],
    ];
    for (const [what, make, said] of identities)
      it(`${what}, unless asked twice; what it is, it stays`, async () => {
        const raw = blank();
        make(raw);
        const before = raw.bytes.slice();
        const fake = await start({ flash: raw });
        const first = await flash(fake, files);
        assert.deepEqual([first.status, first.held[0]?.code], ["planned", "BOARD_IN_USE"]);
        assert.match(first.held[0]?.message as string, said);
        assert.deepEqual([stored(fake), raw.bytes], [{}, before]);
        assert.equal((await flash(fake, files, { yes: true })).status, "flashed");
        holds(fake, files);
        const kind = what === "a fixture" ? IdentityKind.Fixture : IdentityKind.Blessing;
        const old = blank();
        old.bytes.set(before);
        assert.deepEqual(logOf(raw, "identity").read(kind), logOf(old, "identity").read(kind));
      });

    it("a fixture without its stage, and a unit in the middle of its wipe, however often asked", async () => {
      const raw = blank();
      makeFixture(raw);
      const job = { yes: true, role: "dut" } as const;
      const fixture = flash(await start({ flash: raw }), files, job);
      await assert.rejects(fixture, { code: "BOARD_IN_USE", message: /--role fixture/ });
      const wiping = blank();
      logOf(wiping, "identity").write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Begun, ...new Uint8Array(16)));
      await assert.rejects(flash(await start({ flash: wiping }), files, job), {
        code: "BOARD_IN_USE",
        message: /wipe/,
      });
    });

    it("another program, unless asked twice", async () => {
      const storage = { ".bootcde": "print('mine')", ".boot0": "1" };
      const fake = await start({ storage });
      const first = await flash(fake, files);
      assert.deepEqual([first.status, first.held[0]?.code], ["planned", "BOARD_PROGRAM"]);
      assert.match(first.held[0]?.message as string, /\.bootcde, \.boot0/);
      holds(fake, storage);
      assert.equal(fake.said.filter((line) => line === "mine").length, 2, "it runs again");
      await flash(fake, files, { yes: true });
      holds(fake, files);
    });

    it("what does not answer, and what is locked", async () => {
      const talk = async (answer: string) => {
        const server = createServer((socket: Socket) => {
          socket.on("error", () => undefined);
          if (answer) socket.on("data", () => socket.write(answer));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const port = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
        try {
          return await flash({ port } as ConsoleBoard, files).then(
            () => "",
            (error: { code: string }) => error.code,
          );
        } finally {
          server.close();
        }
      };
      const codes = await Promise.all(["", "\r\npassword>", "ets Jul 29 2019 12:21:46\r\n"].map(talk));
      assert.deepEqual(codes, ["BOARD_SILENT", "BOARD_LOCKED", "BOARD_NOT_ESPRUINO"]);
    });

    it("stages that never say that they run", async () => {
      const fake = await start();
      const mute = { ...files, "ll.receive": "nope();" };
      await assert.rejects(flash(fake, mute), { code: "STAGE_SILENT", message: /nope is not defined/, exitCode: 1 });
    });
  });

  describe("the command", () => {
    const lightline = (...args: string[]) => runCommand("flash", "--board", BOARD, ...args);

    it("flashes two boards at once, and says of each what became of it", async () => {
      const [first, second] = [await start(), await start({ says: { VERSION: "1v99" } })];
      const ended = await lightline("--json", "--port", first.port, second.port);
      const {
        ok,
        tier,
        boards: rows,
      } = JSON.parse(ended.out) as {
        ok: boolean;
        tier: number;
        boards: { [key: string]: unknown }[];
      };
      assert.deepEqual([ended.code, ok, tier], [1, false, loadBoard(BOARD).tier]);
      assert.deepEqual([rows[0]?.status, rows[0]?.greeting, rows[0]?.errors], ["flashed", UNCONFIGURED, []]);
      assert.equal(rows[1]?.status, "refused");
      assert.match(ended.err, /^tcp:\/\/\S+ {2}BOARD_FIRMWARE: /);
      holds(first, files);
      assert.deepEqual(stored(second), {});
    });

    it("says what it would do, and does nothing, exit 2 when it would wait for --yes", async () => {
      const fake = await start({ storage: { ".bootcde": "1" } });
      const dry = await lightline("--port", fake.port, "--dry-run", "--role", "dut");
      assert.match(
        dry.out,
        /nothing was written; what is to do:\n {2}erase \.bootcde\n {2}write ll\.receive, \d+ bytes/,
      );
      assert.doesNotMatch(dry.out, /ll\.fixture/);
      assert.match(dry.out, /^Building hello-sensor for .*, of tier \d: .*; if it works, or does not, send what /);
      assert.match(dry.err, /^BOARD_PROGRAM: /);
      assert.deepEqual([dry.code, stored(fake)], [2, { ".bootcde": "1" }]);
      assert.equal((await flash(fake, files, { yes: true, dryRun: true })).status, "planned");
      assert.deepEqual(stored(fake), { ".bootcde": "1" });
    });

    it("gives the board back when the user interrupts, exit 130, and finishes the next time", async () => {
      let interrupt: () => unknown = () => undefined;
      let written = 0;
      const line = (text: string) => (text.includes("=written") && ++written === 200 ? (interrupt(), text) : text);
      const fake = await start({ line, storage: otherVersion(files) });
      const args = ["bench/lightline.mjs", "flash", "--board", BOARD, "--port", fake.port];
      const child = spawn(process.execPath, args, { cwd: ROOT });
      interrupt = () => child.kill("SIGINT");
      assert.equal(await new Promise((resolve) => child.on("close", resolve)), 130);
      assert.ok(!fake.board.files.has(".bootcde"));
      const { plan } = await flash(fake, files);
      assert.ok(kinds(plan.steps).includes("keep ll.receive"));
      holds(fake, files);
    });

    for (const [what, args, said] of [
      ["no port", [], /--port/],
      ["a role that is none", ["--port", "x", "--role", "boss"], /Allowed choices are dut, fixture/],
      ["a board that is none", ["--port", "x", "--board", "nope"], /^BOARD_UNKNOWN: /],
      ["a product that is none", ["--port", "x", "--product", "nope"], /^PRODUCT_UNKNOWN: /],
    ] as const)
      it(`says so of ${what}, exit 2`, async () => {
        const ended = await lightline(...args);
        assert.match(ended.err, said);
        assert.equal(ended.code, 2);
      });
  });
});

function makeFixture(flash: NorFlash): void {
  logOf(flash, "identity").write(
    IdentityKind.Fixture,
    Uint8Array.from({ length: 40 }, (_, i) => i),
  );
}

function bless(flash: NorFlash): void {
  const serial = new Uint8Array(Buffer.from("HS-000007"));
  logOf(flash, "identity").write(
    IdentityKind.Blessing,
    packBlessing(new Uint8Array(32), serial, new Uint8Array(64), serial),
  );
}
