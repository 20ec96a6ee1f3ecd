// SPDX-License-Identifier: Apache-2.0
// The first gate: a script that calls what its role may not does not compile, and is told where.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkScript } from "../../bench/build/check-script.js";
import { UserError } from "../../bench/errors.js";
import type { ScriptRole } from "../../bench/build/product.js";

/** A call as a script writes it, and the roles that may. */
const CALLS: readonly (readonly [call: string, ...roles: ScriptRole[]])[] = [
  ["server.bless(true, () => undefined)", "dut"],
  ["server.factoryblinkup(null, null, hardware.pinA, 0)", "fixture"],
  ["imp.setcountry(0x4247)", "dut"],
  ["imp.setnvramimage('')", "dut"],
  ["imp.setrescuepin(hardware.pinA, 1)", "dut"],
  ["imp.enablerescuepin(true)", "dut"],
  ["selftest.run([], () => undefined)", "dut"],
  ["fixture.onbutton(() => undefined)", "fixture"],
  ["fixture.onlight(() => undefined)", "fixture"],
  ["imp.clearconfiguration(CONFIG_ALL)", "dut", "fixture", "application"],
  ["imp.setwificonfiguration('net', 'password')", "dut", "fixture", "application"],
  ["imp.enableblinkup(true)", "dut", "fixture", "application"],
  ["server.connect(() => undefined, 30)", "dut", "fixture", "application"],
  ["agent.send('name', 1)", "dut", "fixture", "application"],
];

describe("a script of one role", () => {
  const dir = mkdtempSync(join(tmpdir(), "lightline-roles-"));
  after(() => rmSync(dir, { recursive: true }));

  /** Lines of the script that do not compile, from 1. */
  function refusedLines(role: ScriptRole): number[] {
    const file = join(dir, `${role}.ts`);
    writeFileSync(file, CALLS.map(([call]) => `${call};\n`).join(""));
    try {
      checkScript(file, role);
      return [];
    } catch (error) {
      assert.ok(error instanceof UserError && error.code === "SCRIPT_INVALID", String(error));
      return error.message.split("\n").map((line) => Number(/\.ts:(\d+): /.exec(line)?.[1]));
    }
  }

  for (const role of ["dut", "fixture", "application"] as const)
    it(`compiles as ${role} what that role may call, and not a call more`, () => {
      const refused = refusedLines(role);
      const compiled = CALLS.filter((_, index) => !refused.includes(index + 1)).map(([call]) => call);
      assert.deepEqual(
        compiled,
        CALLS.filter(([, ...roles]) => roles.includes(role)).map(([call]) => call),
      );
    });
});
