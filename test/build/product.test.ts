// SPDX-License-Identifier: Apache-2.0
// Product folders: a sound one loads, and each fault is one sentence that names the field and what to write.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkScript } from "../../bench/build/check-script.js";
import type { ScriptRole } from "../../bench/build/product.js";
import { loadProduct } from "../../bench/build/product.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/hello-sensor/", import.meta.url));
const volts = { phase: "supply", name: "supply", unit: "V", min: 3, max: 3.6 };

const REFUSED: { [what: string]: [fields: object, sentence: RegExp] } = {
  "a missing name": [{ name: undefined }, /: "name" is missing; write lower-case letters, digits and dashes/],
  "a key that is unknown": [{ colour: "red" }, /: "colour" is unknown; the fields here are name, board, serialFormat/],
  "a board that is unknown": [{ board: "uno" }, /: "board" is "uno"; write one of .*esp32-devkitc, .*virtual, .*\.$/],
  "a serial number that does not count": [
    { serialFormat: "HS" },
    /"serialFormat" is "HS"; write the serial number with #/,
  ],
  "an address without a scheme": [
    { serverUrl: "lightline.local" },
    /"serverUrl" is "lightline.local"; write the factory/,
  ],
  "limits that pass nothing": [
    { measurements: [{ ...volts, min: 4 }] },
    /"measurements.0" passes nothing, since "min" 4 is above "max" 3.6; exchange them\.$/,
  ],
  "a limit that is no number": [
    { measurements: [{ ...volts, min: "3" }] },
    /"measurements.0.min" is "3"; write the least value that passes, as a number\.$/,
  ],
  "a measurement twice": [
    { measurements: [volts, volts] },
    /"measurements.1" repeats "measurements.0" \(phase "supply", name "supply"\); rename one\.$/,
  ],
  "a unit that a device cannot hold": [
    { measurements: [{ ...volts, unit: "\u00b5V" }] },
    /"measurements.0.unit" is .*; write its unit .* in 1 to 32 ASCII characters\.$/,
  ],
  "a wipe policy that is unknown": [{ wipe: "never" }, /"wipe" is "never"; write one of "auto", "script"\.$/],
  "a lease of a second": [{ leaseS: 1 }, /"leaseS" is 1; write the time of one run in whole seconds, 30 to 86400\.$/],
};

describe("products", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "product-"));
    cpSync(EXAMPLE, dir, { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it("loads the example", () => {
    const product = loadProduct(EXAMPLE);
    assert.equal(product.name, "hello-sensor");
    assert.ok(product.measurements.every(({ phase, name, unit }) => phase && name && unit));
  });

  it("says which products exist", () => {
    const message =
      /nowhere has no product.json; name one of .*examples\/hello-sensor.*, or make it: lightline init nowhere\.$/;
    assert.throws(() => loadProduct("nowhere"), { code: "PRODUCT_UNKNOWN", message });
  });

  for (const [what, [fields, message]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      const file = join(dir, "product.json");
      const sound = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...sound, ...fields }));
      assert.throws(() => loadProduct(dir), { code: "PRODUCT_INVALID", message });
    });
  }

  it("refuses what is not JSON", () => {
    writeFileSync(join(dir, "product.json"), "{");
    assert.throws(() => loadProduct(dir), { code: "PRODUCT_INVALID", message: /product.json is not JSON: / });
  });

  it("refuses a folder without one of its scripts", () => {
    rmSync(join(dir, "fixture.ts"));
    assert.throws(() => loadProduct(dir), {
      code: "PRODUCT_INVALID",
      message: /fixture.ts is missing beside it; write/,
    });
  });
});

describe("product scripts", () => {
  const check = (role: ScriptRole, text: string) => {
    const dir = mkdtempSync(join(tmpdir(), "script-"));
    const file = join(dir, `${role}.ts`);
    writeFileSync(file, text);
    try {
      checkScript(file, role);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  it("may bless on a device under test only", () => {
    check("dut", "server.bless(true);");
    const refused = { code: "SCRIPT_INVALID", message: /fixture.ts:2: Property 'bless' does not exist/ };
    assert.throws(() => check("fixture", "\nserver.bless(true);"), refused);
    assert.throws(() => check("application", "server.bless(true);"), { code: "SCRIPT_INVALID" });
  });

  it("may send light from a fixture only", () => {
    check("fixture", "server.factoryblinkup(null, null, hardware.pinC, BLINKUP_FAST);");
    const light = "server.factoryblinkup(null, null, hardware.pinC, 0);";
    for (const role of ["dut", "application"] as const) {
      assert.throws(() => check(role, light), { code: "SCRIPT_INVALID", message: /'factoryblinkup' does not exist/ });
    }
  });

  it("have names of their own, and no more than Espruino has", () => {
    check("dut", "const name = 1; const status = name; server.log(status);");
    assert.throws(() => check("dut", "server.log([1].includes(1));"), { message: /dut.ts:1: Property 'includes'/ });
    assert.throws(() => check("dut", "console.log(1);"), { message: /dut.ts:1: Cannot find name 'console'/ });
  });
});
