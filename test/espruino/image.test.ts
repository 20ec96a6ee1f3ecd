// SPDX-License-Identifier: Apache-2.0
// The Storage of lightline image, as a real Espruino reads it: a life from light to shippable starts from it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { loadProduct } from "../../bench/build/product.js";
import { DEVICE_ID, startScenarioServer } from "../lanes/scenario.js";
import { hasSettled, makeRealBoard, PRELUDE } from "../lanes/real-lane.js";
import { writeArchive } from "../flash/espruino-archive.js";
import { EXAMPLE } from "../tools/example-build.js";
import { runCommand } from "../tools/run-command.js";
import { linuxStorage } from "./linux-storage.js";

const binary = process.env.ESPRUINO_BIN ?? "";
const LIFE_MS = 150_000;

describe("an image in a real Espruino", function () {
  this.timeout(200_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-image-"));
  before(function () {
    if (!binary) this.skip();
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("goes from blank to shippable", async () => {
    const product = loadProduct(EXAMPLE);
    const board = loadBoard(product.board);
    const file = join(dir, "board.bin");
    const firmware = writeArchive(join(dir, "archive"), board.chip);
    const ended = await runCommand("image", board.name, "--firmware", firmware, "--out", file);
    assert.equal(ended.code, 0, ended.err);
    const storage = readFileSync(file).subarray(Number(board.chip.partitions.storage.address));
    const scenario = await startScenarioServer(product);
    try {
      const folder = join(dir, "board");
      const real = makeRealBoard(binary, folder, {}, board, { world: { port: scenario.port } });
      writeFileSync(join(folder, "espruino.flash"), linuxStorage({ ".boot0": PRELUDE }, storage));
      await real.run((line) => hasSettled(line, real), LIFE_MS);
      const units = await scenario.server.admin.units();
      assert.deepEqual(
        units.map(({ deviceId, state }) => [deviceId, state]),
        [[DEVICE_ID, "shippable"]],
      );
    } finally {
      await scenario.close();
    }
  });
});
