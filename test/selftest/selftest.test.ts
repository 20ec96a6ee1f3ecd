// SPDX-License-Identifier: Apache-2.0
// lightline selftest as a user has it: a virtual board, boards with something wrong, orders that cannot be followed.
import assert from "node:assert/strict";
import type { ConsoleBoardOptions } from "../../emulator/console-board.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { listBoards, loadBoard } from "../../bench/build/boards.js";
import { selfTestOptions } from "../../bench/build/phases.js";
import type { Programs } from "../../bench/selftest/programs.js";
import { runCommand } from "../tools/run-command.js";
import { BOARD, buildPhases, linesOf, outcomes, testAt } from "./selftest-bench.js";

interface Told {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  readonly phases: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly attempts: readonly {
      readonly lines: readonly string[];
      readonly measurements: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
    }[];
  }[];
}

const SPEED = 20;
const PHASES = ["memory", "crypto", "entropy", "flash-page", "led", "button", "loopback", "light", "sampler-edges"];

describe("lightline selftest", function () {
  this.timeout(120_000);

  describe("a virtual board", () => {
    let told: Told;
    let code: number;
    before(async () => {
      const ended = await runCommand("selftest", "--virtual", "--speed", String(SPEED), "--json");
      code = ended.code;
      told = JSON.parse(ended.out) as Told;
    });
    const value = (phase: string, name: string): number =>
      told.phases.find((one) => one.name === phase)!.attempts[0]!.measurements.find((one) => one.name === name)!.value;

    it("passes, and what it has not is not counted", () => {
      assert.deepEqual([code, told.ok, told.failed], [0, true, 0]);
      const absent = told.phases.filter(({ outcome }) => outcome === "absent").map(({ name }) => name);
      assert.deepEqual(absent, ["temperature"]);
      assert.deepEqual([told.passed, told.notRun], [told.phases.length - 1, 1]);
    });

    it("is measured as its world is", () => {
      assert.equal(value("memory", "free"), 5800);
      assert.equal(value("wifi", "loudest"), -50);
      assert.ok(Math.abs(value("light", "dark") - 12) < 0.5, "ambient light");
      assert.ok(Math.abs(value("light", "rise by its own LEDs") - 55) < 0.5);
      assert.ok(Math.abs(value("light", "ripple") - 1.1) < 0.2);
      assert.ok(Math.abs(value("light", "noise") - 0.55) < 0.2);
      assert.equal(Math.round(value("sampler-timer", "rate")), 1000);
      assert.deepEqual([value("sampler-edges", "edges"), Math.round(value("sampler-edges", "jitter"))], [14, 0]);
      assert.ok(value("sampler-waveform", "rate error") > 0.1, "the port's timer is fast");
      assert.ok(Math.abs(value("clock", "rate error")) < 0.25);
    });
  });

  describe("orders", () => {
    const refused = async (code: string, ...args: string[]) => {
      const ended = await runCommand("selftest", ...args);
      assert.equal(ended.code, 2);
      assert.match(ended.err, new RegExp(`^${code}: `), ended.err);
      return ended.err;
    };

    it("that are not clear are refused in a sentence", async () => {
      await refused("SETTINGS_MISSING");
      await refused("SETTINGS_MISSING", "--virtual", "--port", "/dev/null");
      await refused("SETTINGS_MISSING", "--port", "/dev/null");
      await refused("BOARD_UNKNOWN", "--virtual", "--board", "toaster");
      assert.match(await refused("PHASE_UNKNOWN", "--virtual", "--only", "smell"), /memory, crypto/);
      await refused("BOARD_PIN", "--virtual", "--loopback", "pinC:pinQ");
      await refused("BOARD_PIN", "--virtual", "--loopback", "pinC:pinC");
      assert.match(
        await refused("SETTINGS_MISSING", "--port", "tcp://x", "--board", BOARD, "--only", "http"),
        /--ssid/,
      );
      await refused("PORT_UNKNOWN", "--port", "/dev/ttyNONE7", "--board", BOARD, "--only", "memory");
      assert.equal((await runCommand("selftest", "--virtual", "--loopback", "C-D")).code, 2);
    });
  });

  it("has a page to spare on every board, and it is nobody's", () => {
    for (const name of listBoards()) {
      const board = loadBoard(name);
      const { sparePage } = selfTestOptions(board, {});
      const { address, bytes, pageBytes } = board.chip.rawFlash;
      assert.ok(sparePage >= Number(address) && sparePage + pageBytes <= Number(address) + bytes, name);
      for (const region of [board.flash.settings, board.flash.identity])
        assert.ok(sparePage >= Number(region.address) + region.bytes, name);
    }
  });

  describe("a board", () => {
    let programs: Programs;
    const boards: ConsoleBoard[] = [];
    before(async () => (programs = await buildPhases(PHASES)));
    afterEach(() => boards.splice(0).forEach((board) => board.close()));

    const start = async (options: ConsoleBoardOptions = {}): Promise<ConsoleBoard> => {
      const board = await ConsoleBoard.start({ speed: SPEED, ...options });
      boards.push(board);
      board.board.world.negated = [0];
      board.board.world.wires.set(4, 27);
      return board;
    };
    const only = (...names: string[]): Programs => ({
      ...programs,
      phases: programs.phases.filter(({ name }) => names.includes(name)),
    });

    it("runs its own program again afterwards, and nothing was written to its Storage", async () => {
      const board = await start({ storage: { ".bootcde": 'print("mine runs")' } });
      board.board.storage.onChange = () => assert.fail("written");
      const report = await testAt(board.port, only("memory", "flash-page"));
      assert.deepEqual(outcomes(report), ["memory passed", "flash-page passed"]);
      await board.clock.run(() => board.said.filter((line) => line === "mine runs").length === 2);
    });

    it("leaves its spare page blank, and touches no other", async () => {
      const flash = NorFlash.blank(0x310000, 0x10000);
      const pages = new Set<number>();
      flash.onOperation = ({ page }) => pages.add(page);
      const board = await start({ flash });
      await testAt(board.port, only("flash-page"));
      assert.deepEqual([...pages], [15]);
      assert.ok(flash.bytes.every((byte) => byte === 0xff));
    });

    it("keeps what another program has in the spare page", async () => {
      const flash = NorFlash.blank(0x310000, 0x10000);
      flash.bytes.set([1, 2, 3], 0xf000);
      const report = await testAt((await start({ flash })).port, only("flash-page"));
      assert.deepEqual(outcomes(report), ["flash-page failed"]);
      assert.match(linesOf(report, "flash-page")[0]!, /the spare page at 0x31f000 holds something/);
      assert.deepEqual([...flash.bytes.slice(0xf000, 0xf003)], [1, 2, 3]);
    });

    it("whose page does not erase fails twice", async () => {
      const flash = NorFlash.blank(0x310000, 0x10000);
      flash.deafPages.add(15);
      const { phases } = await testAt((await start({ flash })).port, only("flash-page"));
      assert.deepEqual([phases[0]!.outcome, phases[0]!.attempts.length], ["failed", 2]);
    });

    it("fails by what is wrong with it, and everything else passes", async () => {
      const faults: { readonly [phase: string]: { always: string; line: RegExp } } = {
        memory: {
          always: "process.memory = function () { return { free: 900, gctime: 3 } }",
          line: /free is outside/,
        },
        crypto: {
          always: "E.CRC32 = (was => data => was(data) ^ (data.length === 9))(E.CRC32)",
          line: /CRC-32 is outside/,
        },
        entropy: { always: "peek32 = function () { return 0x55555555 }", line: /changes is outside/ },
        led: { always: "Pin.prototype.read = function () { return true }", line: /levels right is outside/ },
        light: { always: "analogRead = function () { return 0.99 }", line: /dark is outside/ },
      };
      for (const [phase, { always, line }] of Object.entries(faults)) {
        const report = await testAt((await start({ always })).port, only("memory", "crypto", "entropy", phase));
        for (const { name, outcome } of report.phases)
          assert.equal(outcome, name === phase ? "failed" : "passed", `${name} with a fault of ${phase}`);
        assert.match(linesOf(report, phase).join("\n"), line);
      }
    });

    it("with a button held down, or a wire missing, fails", async () => {
      const board = await start();
      board.board.drive(0, false);
      board.board.world.wires.clear();
      assert.deepEqual(outcomes(await testAt(board.port, only("button", "loopback", "sampler-edges"))), [
        "button failed",
        "loopback failed",
        "sampler-edges failed",
      ]);
    });

    it("waits for the button where somebody is there to press it", async () => {
      const args = (board: ConsoleBoard) => ["--port", board.port, "--board", BOARD, "--only", "button", "--press"];
      const pressed = await start();
      const press = () => setTimeout(() => pressed.board.drive(0, false), 50);
      pressed.board.onConsole = ((was) => (line: string) => {
        if (line.includes('"held"')) press();
        was?.(line);
      })(pressed.board.onConsole);
      assert.equal((await runCommand("selftest", ...args(pressed))).code, 0);
      const alone = await runCommand("selftest", ...args(await start()));
      assert.equal(alone.code, 1);
      assert.match(alone.out, /FAILED, no end/);
    });

    it("that hears no network is not tried on one, and a server that is not there is told", async () => {
      const args = (board: ConsoleBoard) => [
        "selftest",
        "--port",
        board.port,
        "--board",
        BOARD,
        "--only",
        "wifi",
        "http",
      ];
      const network = ["--ssid", "here", "--password", "secret", "--url", "http://nobody:80/"];
      const deaf = await runCommand(...args(await start()), ...network);
      assert.match(deaf.out, /wifi +FAILED/);
      assert.match(deaf.out, /http +skipped +wifi did not pass/);
      const board = await start();
      board.radio.accessPoints.push({ ssid: "here", password: "other" });
      assert.match((await runCommand(...args(board), ...network)).out, /http +FAILED +the network cannot be joined/);
      board.radio.accessPoints.push({ ssid: "there", password: "secret" });
      const alone = await runCommand(...args(board), ...network, "--ssid", "there");
      assert.match(alone.out, /http +FAILED +join .*\n.*http:\/\/nobody:80\/ does not answer/);
      for (const { out } of [deaf, alone]) assert.ok(!out.includes("secret"), "a password is told to nobody");
    });

    it("without a light sensor that anything reaches passes near a limit, which --strict refuses", async () => {
      const board = await start({ always: "analogRead = function () { return 0.2 }" });
      const args = ["selftest", "--port", board.port, "--board", BOARD, "--only", "light"];
      const ended = await runCommand(...args);
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      assert.match(ended.out, /light +passed, near a limit/);
      assert.equal((await runCommand(...args, "--strict")).code, 1);
    });

    it("of another chip is refused before anything runs", async () => {
      const board = await start({ says: { BOARD: "ESP32C3_IDF4" } });
      await assert.rejects(testAt(board.port, only("memory")), { code: "BOARD_CHIP" });
    });

    it("that loses bytes on the way is asked again", async () => {
      const board = await start({ loses: [900, 2500, 4000] });
      assert.deepEqual(outcomes(await testAt(board.port, only("memory", "crypto"))), [
        "memory passed",
        "crypto passed",
      ]);
    });

    it("whose measurements are lost on the way does not pass for it", async () => {
      let losses = 0;
      const line = (text: string) => (text.includes('"pause"') && losses++ < 9 ? "#t [" : text);
      const report = await testAt((await start({ line })).port, only("memory"));
      assert.deepEqual(outcomes(report), ["memory error"]);
      assert.match(linesOf(report, "memory").join(), /lost on the way/);
    });

    it("that is unplugged keeps what was found, and says so", async () => {
      const board = await start();
      const unplug = (text: string) => {
        if (text.includes('"entropy"')) setImmediate(() => board.unplug());
        return text;
      };
      board.board.onConsole = (
        (was) => (text: string) =>
          was?.(unplug(text))
      )(board.board.onConsole);
      const args = ["--only", "memory", "crypto", "entropy", "flash-page"];
      const ended = await runCommand("selftest", "--port", board.port, "--board", BOARD, ...args);
      assert.equal(ended.code, 1);
      assert.match(ended.err, /^BOARD_LOST: /);
      assert.match(ended.out, /crypto +passed/);
    });
  });
});
