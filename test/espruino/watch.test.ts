// SPDX-License-Identifier: Apache-2.0
// lightline watch on a real Espruino: what it tells of an error, and a script that lets nobody in.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { Editor, saying, THROWING } from "../watch/watch-bench.js";
import { DISGUISED_PRELUDE } from "./disguise.js";
import { RealPort } from "./real-port.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const board = loadBoard("esp32-devkitc");
const { chip, light } = board;

/** A build for 64 bits leaves out the source's lines from its traces, by which places are found; a board's, of 32, shows them. */
function hidesLines(file: string): boolean {
  const elf = readFileSync(file).subarray(0, 5);
  return elf.toString("latin1", 1, 4) === "ELF" && elf[4] === 2;
}

/** An error in each form of function that has a text of its own. Of errors in one turn of the interpreter only the last is told. */
const FORMS = `const nothing: { [name: string]: { value: number } } = {};
const box = {
  method(): number {
    const found = nothing.method as { value: number };
    return found.value;
  },
};
const arrow = (): number => (nothing.arrow as { value: number }).value;
function first(): number {
  return (nothing.first as { value: number }).value;
}
imp.wakeup(0.5, () => box.method());
imp.wakeup(1, () => {
  arrow();
});
imp.wakeup(1.5, function () {
  server.log("first " + first());
});
imp.wakeup(2, () => {
  throw new Error("plain");
});
function twin(): number {
  return (nothing.first as { value: number }).value;
}
imp.wakeup(2.5, () => {
  server.log("twin");
  server.log(twin());
});
`;

describe("lightline watch on a real Espruino", function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-real-watch-"));
  let real: RealPort;
  let editor: Editor;

  before(async function () {
    if (!binary) {
      console.log(
        "SKIPPED: watching was not tried on a real interpreter; set ESPRUINO_BIN to a Linux build of Espruino.",
      );
      this.skip();
    }
    const world = {
      ...{ ssid: "", password: "", joinMs: 300, port: 0, entropy: 1, mac: "30aea4000001", analog: {}, wires: {} },
      ...{ lightPin: light.pin, lightHz: 1000, flashBase: Number(chip.rawFlash.address) },
    };
    const flash = new Uint8Array(65_536).fill(0xff);
    const files = { "world.json": JSON.stringify(world), "light.bin": new Uint8Array(8000), "flash.bin": flash };
    real = await RealPort.start({ binary, dir, prelude: DISGUISED_PRELUDE, world: files });
  });
  afterEach(() => editor?.close());
  after(() => {
    real?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const short = (places: readonly string[]): string[] => places.map((place) => place.replace(/^.*\//, ""));

  it("runs each edit, and says how long that took", async () => {
    editor = new Editor(real.port, board, saying("old"));
    const { seconds, bytes } = await editor.next("running");
    editor.write("dut.ts", saying("new"));
    const again = await editor.next("running");
    await editor.next("line", "log: new");
    console.log(`      the runner and ${bytes} bytes ${seconds.toFixed(2)} s, an edit ${again.seconds.toFixed(2)} s`);
  });

  it("tells errors with their places in the source", async function () {
    if (hidesLines(binary)) {
      console.log("SKIPPED: this Espruino is a build for 64 bits, whose traces show no lines; use one for 32.");
      this.skip();
    }
    editor = new Editor(real.port, board, THROWING);
    assert.deepEqual(short((await editor.next("threw")).places), ["dut.ts:3", "dut.ts:6"]);
    editor.write("dut.ts", FORMS);
    const places: string[][] = [];
    for (let n = 0; n < 5; n++) places.push(short((await editor.next("threw")).places));
    assert.deepEqual(places, [
      ["dut.ts:5", "dut.ts:12"],
      ["dut.ts:8", "dut.ts:14"],
      ["dut.ts:10", "dut.ts:17"],
      ["dut.ts:20"],
      ["dut.ts:23", "dut.ts:27"],
    ]);
  });

  it("breaks into a script that lets nobody in, and goes on with the next edit", async () => {
    editor = new Editor(real.port, board, saying("begun"));
    await editor.next("line", "log: begun");
    editor.write("dut.ts", "imp.wakeup(0.05, () => {\n  while (hardware.millis() >= 0);\n});\n");
    await editor.next("running");
    editor.write("dut.ts", saying("in again"));
    await editor.next("line", "log: in again");
  });
});
