// SPDX-License-Identifier: Apache-2.0
// Boards of the other chips, emulated as their files say: from blank to shippable through the bundles that are built for them.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProduct } from "../../bench/build/product.js";
import { runCommand } from "../tools/run-command.js";

const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;
/** Espruino reads no analogue pin of an S3, so this tests what any board has. */
const DUT = `
const phases: Phase[] = [
  {
    name: "loopback",
    run(test) {
      hardware.pinD.configure(DIGITAL_IN);
      hardware.pinC.configure(DIGITAL_OUT, 1);
      test.measure("level", hardware.pinD.read());
      test.done();
    },
  },
];
selftest.run(phases, (passed) => server.bless(passed, () => undefined));
`;
const LIMITS = [{ phase: "loopback", name: "level", unit: "1", min: 1, max: 1 }];

describe("a line of boards", () => {
  const dir = mkdtempSync(join(tmpdir(), "lightline-boards-"));
  after(() => rmSync(dir, { recursive: true }));

  function productFor(board: string, flags: readonly string[]): string {
    const folder = join(dir, board);
    cpSync(EXAMPLE, folder, { recursive: true });
    const file = join(folder, "product.json");
    const product = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...product, board, waveform: { flags }, measurements: LIMITS }));
    writeFileSync(join(folder, "dut.ts"), DUT);
    return folder;
  }

  for (const [board, flags] of [
    ["esp32-c3-devkitm-1", ["BLINKUP_ACTIVEHIGH", "BLINKUP_BURST"]],
    ["esp32-s3-devkitc-1", ["BLINKUP_ACTIVEHIGH", "BLINKUP_BURST", "BLINKUP_FAST"]],
  ] as const)
    it(`takes ${board} from blank to shippable by ${flags.join(" | ")}`, async () => {
      const ended = await runCommand("line", "--product", productFor(board, flags), "--duts", "4", "--json");
      const { units } = JSON.parse(ended.out) as {
        units: { state: string; measurements: object[]; problem: string }[];
      };
      assert.deepEqual(
        units.map(({ state, measurements, problem }) => [state, measurements.length, problem]),
        Array.from({ length: 4 }, () => ["shippable", 1, ""]),
      );
      assert.equal(ended.code, 0);
    });

  for (const [board, flags, word] of [
    ["esp32-c3-devkitm-1", ["BLINKUP_FAST"], /samples 400 a second; leave it out/],
    ["virtual", ["BLINKUP_FAST", "BLINKUP_BURST"], /only a comparator follows/],
  ] as const)
    it(`refuses ${flags.join(" | ")} for ${board}, which would hardly ever take it`, () => {
      assert.throws(() => loadProduct(productFor(board, flags)), { code: "PRODUCT_INVALID", message: word });
    });
});
