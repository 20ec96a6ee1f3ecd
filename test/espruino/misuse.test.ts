// SPDX-License-Identifier: Apache-2.0
// An application that calls what belongs to the factory, in a real Espruino: it restarts, and recovery holds.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { buildMisuse, makeProductionDevice, RESERVED_CALLS, withCall } from "../lanes/misuse.js";
import { makeRealBoard, marked } from "../lanes/real-lane.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const DEADLINE_MS = 60_000;

describe("an application that misuses the factory's calls, in a real Espruino", function () {
  this.timeout(90_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-misuse-"));
  const board = loadBoard("virtual");
  let build: BuildResult;

  before(async function () {
    if (!binary) this.skip();
    build = await buildMisuse(dir, board.name);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const [index, call] of RESERVED_CALLS.entries())
    it(`restarts over ${call}, and recovery holds it`, async () => {
      const flash = NorFlash.blank(Number(board.chip.rawFlash.address), board.chip.rawFlash.bytes);
      makeProductionDevice(flash, board.flash);
      const files = withCall(build, board.name, call);
      const real = makeRealBoard(binary, join(dir, `${index}`), files, board, { flash: flash.bytes });
      await real.run((line) => line === "~led AA--", DEADLINE_MS);
      assert.equal(real.starts, 3);
      assert.equal(marked(real, "~app").length, 2);
      assert.equal(marked(real, "uncaught: reserved for factory firmware").length, 2);
    });
});
