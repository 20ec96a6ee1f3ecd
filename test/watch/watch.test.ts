// SPDX-License-Identifier: Apache-2.0
// lightline watch over the console of an emulated board: each edit runs, errors have their places, and the board is given back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { loadBoard } from "../../bench/build/boards.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { runCommand } from "../tools/run-command.js";
import { Editor, saying, THROWING } from "./watch-bench.js";

const PRODUCT = readFileSync(new URL("../../examples/hello-sensor/product.json", import.meta.url), "utf8");

describe("lightline watch", () => {
  let board: ConsoleBoard;
  let editor: Editor;
  const open = async (script: string): Promise<void> => {
    board = await ConsoleBoard.start({ program: 'print("own program")', longestTurnMs: 60_000 });
    editor = new Editor(board.port, loadBoard("virtual"), script);
    await editor.next("running");
  };
  afterEach(async () => {
    await editor.close();
    board.close();
  });

  it("runs the script, and each edit instead of the one before", async () => {
    await open(saying("old"));
    await editor.next("line", "log: old");
    editor.write("dut.ts", saying("new"));
    const { bytes } = await editor.next("running");
    assert.ok(bytes > 0);
    const from = editor.events.length;
    for (let n = 0; n < 5; n++) await editor.next("line", "log: new");
    const since = editor.events.slice(from).map((event) => JSON.stringify(event));
    assert.deepEqual(
      since.filter((line) => line.includes("old")),
      [],
      "nothing of the old one is left",
    );
  });

  it("changes nothing of what functions do that are alike", async () => {
    await open(`function one(): number {
        return hardware.getdeviceid().length;
      }
      function two(): number {
        return hardware.getdeviceid().length;
      }
      imp.wakeup(0.05, () => server.log([one(), two()].join()));\n`);
    await editor.next("line", "log: 16,16");
  });

  it("tells what nobody caught, with its places in the source", async () => {
    await open(THROWING);
    const { message, places } = await editor.next("threw");
    assert.match(message, /undefined/);
    assert.deepEqual(
      places.map((place) => place.replace(/^.*\//, "")),
      ["dut.ts:3", "dut.ts:6"],
    );
    const raw = editor.events.filter((event) => event.event === "line" && event.text.includes("Uncaught"));
    assert.deepEqual(raw, [], "and not once more by the interpreter, whose places are of the program that was built");
  });

  it("tells what does not compile or is no business of the role's, while the one before goes on", async () => {
    await open(saying("steady"));
    for (const [script, code] of [
      ["server.log(", "SCRIPT_INVALID"],
      ["server.factoryblinkup(null, null, fixture.emitter, 0);", "SCRIPT_INVALID"],
      ["class A { #secret = 1; get() { return this.#secret; } }\nserver.log(new A().get());", "BUNDLE_UNSUPPORTED"],
    ] as const) {
      editor.write("dut.ts", script);
      const { message } = await editor.next("refused", code);
      assert.match(message, /dut\.ts:\d+: /);
      await editor.next("line", "log: steady");
    }
  });

  it("judges by the limits of product.json as they are now", async () => {
    const phase = `selftest.run(
      [{ name: "p", run(test) { test.measure("v", 5); test.done(); } }],
      (passed) => server.log("all " + passed),
    );\n`;
    await open(phase);
    await editor.next("line", "all true");
    const limits = [{ phase: "p", name: "v", unit: "1", min: 6 }];
    const product = { ...(JSON.parse(PRODUCT) as object), measurements: limits };
    editor.write("product.json", JSON.stringify(product));
    await editor.next("line", "all false");
    editor.write("product.json", "{");
    await editor.next("refused", "PRODUCT_INVALID");
  });

  it("ends when the cable comes off", async () => {
    await open(saying("here"));
    board.unplug();
    await assert.rejects(editor.ended, { code: "BOARD_LOST", exitCode: 1 });
  });

  it("gives the board its own program back", async () => {
    await open(saying("here"));
    const before = board.said.filter((line) => line === "own program").length;
    await editor.close();
    const after = (): number => board.said.filter((line) => line === "own program").length;
    while (after() === before) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("lightline watch's options", () => {
  for (const [what, args, code, exit] of [
    ["no board", ["examples/hello-sensor"], "SETTINGS_MISSING", 2],
    ["a folder that is no product", ["docs", "--virtual"], "PRODUCT_UNKNOWN", 2],
    ["a board that is none", ["examples/hello-sensor", "--port", "x", "--board", "none"], "BOARD_UNKNOWN", 2],
    ["a port where nothing is", ["examples/hello-sensor", "--port", "tcp://127.0.0.1:1"], "PORT_UNKNOWN", 2],
  ] as const)
    it(`answer ${what} with ${code}, exit ${exit}`, async () => {
      const ended = await runCommand("watch", ...args);
      assert.match(ended.err, new RegExp(`^${code}: `));
      assert.equal(ended.code, exit);
    });
});
