// SPDX-License-Identifier: Apache-2.0
// Phases that a manufacturer wrote: those that do as they should, and those that throw, hang, or never end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ConsoleBoardOptions } from "../../emulator/console-board.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import type { Programs } from "../../bench/selftest/programs.js";
import { EXAMPLE } from "../tools/example-build.js";
import { runCommand } from "../tools/run-command.js";
import type { Measurement } from "../../bench/build/phases.js";
import { buildPhases, linesOf, makeProduct, outcomes, testAt } from "./selftest-bench.js";

const SPEED = 20;
/** Of this machine's time: then the watchdog cuts. */
const LONGEST_TURN_MS = 300;

const PRODUCT = makeProduct(
  `let torn = 0;
  const teardown = () => { torn++; };
  const good: Phase = { name: "good", run(test) { test.measure("torn", torn); test.done(); }, teardown };
  const marginal: Phase = { name: "marginal", run(test) { test.measure("level", 9); test.done(); } };
  const throws: Phase = { name: "throws", retries: 1, run() { throw "no relay"; }, teardown };
  const after: Phase = { name: "after", run(test) { test.measure("torn", torn); test.done(); } };
  const late: Phase = { name: "late", run() { imp.wakeup(0.01, () => { throw "too late"; }); } };
  const endless: Phase = { name: "endless", timeoutMs: 100, retries: 2, run(test) { test.measure("tries", 1); }, teardown };
  const hangs: Phase = { name: "hangs", timeoutMs: 100, run() { while (hardware.millis() >= 0); } };
  const needs: Phase = { name: "needs", after: ["good", "hangs"], run(test) { test.done(); } };
  const untidy: Phase = { name: "untidy", run(test) { test.done(); }, teardown() { throw "stuck"; } };
  const silent: Phase = { name: "silent", run(test) { test.done(); } };
  const lacks: Phase = { name: "lacks", retries: 3, run(test) { test.absent("a relay"); } };
  const twice: Phase = { name: "twice", run(test) { test.done(); test.fail("late"); test.measure("level", 99); } };
  export const phases: readonly Phase[] =
    [good, marginal, throws, after, late, endless, hangs, needs, untidy, silent, lacks, twice];`,
  [
    { phase: "marginal", name: "level", unit: "V", max: 10, marginal: 2 },
    { phase: "silent", name: "noise", unit: "V", max: 1 },
  ],
);

describe("phases of a product's own", function () {
  this.timeout(120_000);
  const boards: ConsoleBoard[] = [];
  after(() => boards.splice(0).forEach((board) => board.close()));
  const start = async (options: ConsoleBoardOptions = {}): Promise<ConsoleBoard> => {
    const board = await ConsoleBoard.start({ speed: SPEED, longestTurnMs: LONGEST_TURN_MS, ...options });
    boards.push(board);
    return board;
  };

  describe("of all kinds", () => {
    let report: Awaited<ReturnType<typeof testAt>>;
    let board: ConsoleBoard;
    before(async () => {
      const programs: Programs = await buildPhases(["memory"], PRODUCT);
      board = await start({ storage: { ".bootcde": 'print("mine runs")' } });
      report = await testAt(board.port, programs);
    });
    const attemptsOf = (name: string) => report.phases.find((phase) => phase.name === name)!.attempts;
    const valueOf = (name: string) => attemptsOf(name)[0]!.values[0]!.value;

    it("run in order, each to its own end", () => {
      assert.deepEqual(outcomes(report), [
        "memory passed",
        "good passed",
        "marginal marginal",
        "throws error",
        "after passed",
        "late error",
        "endless timeout",
        "hangs hung",
        "needs skipped",
        "untidy error",
        "silent failed",
        "lacks absent",
        "twice passed",
      ]);
    });

    it("keep every attempt", () => {
      assert.equal(attemptsOf("throws").length, 2);
      assert.equal(attemptsOf("endless").length, 3);
      assert.deepEqual(
        attemptsOf("endless").map(({ values }) => values.length),
        [1, 1, 1],
      );
      assert.equal(attemptsOf("lacks").length, 1);
    });

    it("begin on a board that started anew after one that left traces", () => {
      assert.equal(valueOf("good"), 0);
      assert.equal(valueOf("after"), 0, "torn is counted anew");
    });

    it("say in words what became of them", () => {
      assert.match(linesOf(report, "throws")[0]!, /throws: no relay/);
      assert.match(linesOf(report, "late").join("\n"), /too late/);
      assert.match(linesOf(report, "endless")[0]!, /no end within its time/);
      assert.match(linesOf(report, "hangs").join("\n"), /restarted in the middle of it/);
      assert.deepEqual(linesOf(report, "needs"), ["hangs did not pass"]);
      assert.match(linesOf(report, "untidy").join("\n"), /teardown: stuck/);
      assert.deepEqual(linesOf(report, "silent"), ["noise was not measured"]);
      assert.match(linesOf(report, "lacks")[0]!, /not on this board: a relay/);
    });

    it("leave the board running its own program", async () => {
      await board.clock.run(() => board.said.at(-1) === "mine runs");
    });
  });

  it("tear down what a later attempt builds upon", async () => {
    const dir = makeProduct(`let torn = 0;
      export const phases: readonly Phase[] = [{
        name: "flaky",
        retries: 2,
        run(test) { test.measure("torn", torn); if (torn < 2) test.fail("not yet"); test.done(); },
        teardown() { torn++; },
      }];`);
    const report = await testAt((await start()).port, await buildPhases([], dir));
    const [flaky] = report.phases;
    assert.deepEqual(outcomes(report), ["flaky passed"]);
    assert.deepEqual(
      flaky!.attempts.map(({ outcome, values }) => [outcome, values[0]!.value]),
      [
        ["failed", 0],
        ["failed", 1],
        ["passed", 2],
      ],
    );
  });

  it("that throw while they are loaded are told, and the others run", async () => {
    const dir = makeProduct('export const phases: readonly Phase[] = [];\nthrow "not today";');
    const report = await testAt((await start()).port, await buildPhases(["memory"], dir));
    assert.deepEqual(
      report.phases.map(({ outcome }) => outcome),
      ["passed", "error"],
    );
    assert.match(report.phases[1]!.attempts[0]!.lines[0]!, /not today/);
  });

  it("of the guide pass where its wire is, and fail without", async () => {
    const guide = readFileSync(new URL("../../docs/SELFTEST.md", import.meta.url), "utf8");
    const [, phases = ""] = /```ts\n([^]*?)```/.exec(guide) ?? [];
    const [, limits = ""] = /```json\n(\[\n[^]*?)```/.exec(guide) ?? [];
    const programs = await buildPhases([], makeProduct(phases, JSON.parse(limits) as Measurement[]));
    const board = await start();
    board.board.world.wires.set(4, 27);
    assert.deepEqual(outcomes(await testAt(board.port, programs)), ["relay passed"]);
    const report = await testAt((await start()).port, programs);
    assert.deepEqual(outcomes(report), ["relay failed"]);
    assert.equal(report.phases[0]!.attempts.length, 2);
    assert.deepEqual(linesOf(report, "relay").slice(0, 1), ["closes is outside its limits"]);
  });

  it("of the example pass on the virtual board, with the built-in ones", async () => {
    const args = ["--virtual", "--speed", String(SPEED), "--product", EXAMPLE, "--only", "memory", "--json"];
    const ended = await runCommand("selftest", ...args);
    const { phases } = JSON.parse(ended.out) as { phases: readonly { name: string; outcome: string }[] };
    assert.deepEqual(
      phases.map(({ name, outcome }) => `${name} ${outcome}`),
      ["memory passed", "supply passed", "sensor passed", "loopback passed"],
    );
    assert.equal(ended.code, 0);
  });

  describe("that cannot be built", () => {
    const refused = async (selftest: string, code: string, words: RegExp) => {
      const ended = await runCommand("selftest", "--virtual", "--product", makeProduct(selftest), "--only", "memory");
      assert.deepEqual([ended.code, ended.out], [2, ""]);
      assert.match(ended.err, new RegExp(`^${code}: `), ended.err);
      assert.match(ended.err, words);
    };

    it("are refused with the line that is wrong", async () => {
      await refused("export const phases: readonly Phase[] = [{ nam: 1 }];", "SCRIPT_INVALID", /selftest\.ts:1/);
      await refused("const phases: readonly Phase[] = []; void phases;", "BUILD_FAILED", /"phases" is not exported/);
      const run = "run(test) { const { pinA } = hardware; test.measure(pinA.read() + '', 1); }";
      const lacking = `export const phases: readonly Phase[] = [{ name: "a", ${run} }];`;
      await refused(lacking, "BUNDLE_UNSUPPORTED", /destructuring/i);
    });
  });

  it("are not looked for in a folder that has none", async () => {
    const ended = await runCommand("selftest", "--virtual", "--product", "nowhere");
    assert.match(ended.err, /^PRODUCT_UNKNOWN: /);
    assert.deepEqual([ended.code, ended.out], [2, ""]);
  });
});
