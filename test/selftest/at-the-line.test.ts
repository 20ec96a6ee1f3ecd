// SPDX-License-Identifier: Apache-2.0
// Built-in phases that a product names run in its DUT at the line, before its own, and the server judges them.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadProduct } from "../../bench/build/product.js";
import { NOT_AT_THE_LINE, PHASE_NAMES } from "../../bench/build/phases.js";
import { EXAMPLE } from "../tools/example-build.js";
import { runCommand } from "../tools/run-command.js";

/** What a virtual board has; Espruino reads no thermometer there. */
const PHASES = PHASE_NAMES.filter((name) => ![...NOT_AT_THE_LINE, "temperature"].includes(name));

interface Unit {
  readonly state: string;
  readonly measurements: readonly { readonly phase: string; readonly name: string; readonly unit: string }[];
}

describe("the self-test of a DUT at the line", function () {
  this.timeout(120_000);
  const dirs: string[] = [];
  after(() => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

  /** hello-sensor with other fields in its product.json, and other phases of its own. */
  function productWith(fields: object, selftest?: string): string {
    const dir = mkdtempSync(join(tmpdir(), "lightline-linked-"));
    dirs.push(dir);
    cpSync(EXAMPLE, dir, { recursive: true });
    if (selftest !== undefined) writeFileSync(join(dir, "selftest.ts"), selftest);
    const file = join(dir, "product.json");
    const product = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...product, name: basename(dir).toLowerCase(), ...fields }));
    return dir;
  }

  async function runLine(fields: object, selftest?: string): Promise<{ units: readonly Unit[]; code: number }> {
    const ended = await runCommand("line", "--duts", "1", "--product", productWith(fields, selftest), "--json");
    const { units } = JSON.parse(ended.out) as { units: readonly Unit[] };
    return { units, code: ended.code };
  }

  it("runs every phase that a DUT can run, and its unit becomes shippable", async () => {
    const selfTest = { phases: PHASES, loopback: [["pinC", "pinD"]] };
    const { units, code } = await runLine(
      { selfTest, measurements: [] },
      `export const phases: readonly Phase[] = [];`,
    );
    assert.deepEqual([units.map(({ state }) => state), code], [["shippable"], 0]);
    const phases = [...new Set(units[0]!.measurements.map(({ phase }) => phase))];
    assert.deepEqual(phases, PHASES);
    const erase = units[0]!.measurements.find(({ phase, name }) => phase === "flash-page" && name === "erase");
    assert.equal(erase?.unit, "ms");
  });

  it("refuses a unit whose measurement is outside, by the limit that the product has instead", async () => {
    const strict = { phase: "memory", name: "free", unit: "variables", min: 1_000_000 };
    const { measurements } = loadProduct(EXAMPLE);
    const { units, code } = await runLine({
      selfTest: { phases: ["memory"] },
      measurements: [...measurements, strict],
    });
    assert.deepEqual([units.map(({ state }) => state), code], [["failed"], 1]);
  });

  it("refuses a unit whose board has not what a phase is for", async () => {
    const { units } = await runLine({ selfTest: { phases: ["temperature"] } });
    assert.deepEqual(
      units.map(({ state }) => state),
      ["failed"],
    );
  });

  const refuses = (fields: object, words: RegExp) => {
    assert.throws(() => loadProduct(productWith(fields)), { code: "PRODUCT_INVALID", message: words });
  };

  it("is not given phases that it cannot run, or that there are not", () => {
    refuses({ selfTest: { phases: ["http"] } }, /"selfTest.phases.0" is "http"; write/);
    refuses({ selfTest: { phases: ["smell"] } }, /"selfTest.phases.0" is "smell"; write/);
    refuses({ selfTest: { phases: ["memory", "memory"] } }, /"selfTest.phases"/);
    refuses({ selfTest: { phases: ["loopback"], loopback: [["C", "D"]] } }, /"selfTest.loopback.0.0" is "C"/);
    refuses({ selfTest: {} }, /"selfTest.phases" is missing/);
  });
});
