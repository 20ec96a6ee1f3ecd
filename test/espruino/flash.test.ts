// SPDX-License-Identifier: Apache-2.0
// lightline flash against a real Espruino, whose own Storage then boots the stages.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { borrowBoard } from "../../bench/board/borrow-board.js";
import { loadBoard } from "../../bench/build/boards.js";
import type { Flashed } from "../../bench/flash/flash-board.js";
import { flashBoard } from "../../bench/flash/flash-board.js";
import { BOARD, buildFiles, otherVersion } from "../flash/flash-bench.js";
import type { Files } from "../flash/flash-bench.js";
import { MAC } from "../lanes/scenario.js";
import { DISGUISED_PRELUDE } from "./disguise.js";
import { RealPort } from "./real-port.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const RAW_BYTES = 65_536;
const board = loadBoard(BOARD);
/** A file as large as what is free but for a few pages, and no more: what is erased takes room until Storage is compacted. */
const FILL = `(function (s) { s.write("filler", " ", 0, s.getFree() - 40000); s.erase("filler"); return "filled"; })(require("Storage"))`;

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
      prelude: DISGUISED_PRELUDE,
      world: { "world.json": JSON.stringify(world()), "light.bin": new Uint8Array(8000), "flash.bin": blankRaw() },
    });
  });
  after(() => {
    real?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const flash = (build: Files, say: (line: string) => void = () => undefined): Promise<Flashed> =>
    flashBoard(real.port, { board, files: build, role: undefined, dryRun: false, yes: false }, say);

  const sizeOf = (what: string): string => {
    const text = files[what.replace("writing ", "")];
    return text === undefined ? "" : `for ${text.length} bytes`;
  };

  it("writes every stage, which then starts", async () => {
    const begun = new Map<string, number>();
    const note = (line: string) => begun.has(line) || begun.set(line, performance.now());
    const { status, greeting, plan, seconds } = await flash(files, (line) => note(line.split(",")[0]!));
    assert.deepEqual([status, greeting], ["flashed", "~led AA--"]);
    const moments = [...begun.values(), performance.now()];
    for (const [i, what] of [...begun.keys()].entries())
      console.log(`      ${what}: ${((moments[i + 1]! - moments[i]!) / 1000).toFixed(1)} s ${sizeOf(what)}`);
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
    await borrowBoard(real.port, (console) => console.evaluate(FILL));
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
