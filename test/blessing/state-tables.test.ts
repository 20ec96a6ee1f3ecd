// SPDX-License-Identifier: Apache-2.0
// Each pair of state and event is decided once, and docs/SPEC.md says the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DEVICE_TABLE, DeviceAction, Machine } from "../../firmware/core/blessing/device-machine.js";
import { FIXTURE_TABLE } from "../../firmware/core/blessing/fixture-machine.js";
import { formatSteps, lettersOf, stepsOf } from "../tools/state-names.js";

const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");

for (const [prefix, table, file] of [
  ["Device", DEVICE_TABLE, "device-machine.ts"],
  ["Fixture", FIXTURE_TABLE, "fixture-machine.ts"],
] as const) {
  describe(`the ${prefix.toLowerCase()}'s table`, () => {
    const rows = table.trim().split(" ");

    it("has four letters a row and no pair twice", () => {
      for (const row of rows) assert.match(row, /^[A-Z][a-z][A-Z][a-z-]$/);
      assert.equal(new Set(rows.map((row) => row.slice(0, 2))).size, rows.length);
    });

    it("is printed in SPEC.md", () => {
      assert.ok(spec.includes(formatSteps(stepsOf(table, file, prefix))));
    });

    it("is total: a pair that is not in it changes nothing and does nothing", () => {
      const known = new Set(rows.map((row) => row.slice(0, 2)));
      const trace: string[] = [];
      for (const state of lettersOf(file, `${prefix}State`).keys())
        for (const event of lettersOf(file, `${prefix}Event`).keys()) {
          const machine = new Machine(
            () => table,
            state,
            (step) => trace.push(step),
          );
          const action = machine.next(event);
          if (known.has(state + event)) continue;
          assert.equal(machine.state, state);
          assert.equal(action, DeviceAction.None);
        }
      assert.equal(trace.length, rows.length);
    });

    it("reaches every state", () => {
      const initial = prefix === "Device" ? ["U", "J"] : ["U"];
      const reached = new Set<string>(initial);
      for (let i = 0; i < rows.length; i++)
        for (const row of rows) if (reached.has(row.charAt(0))) reached.add(row.charAt(2));
      assert.deepEqual([...reached].sort(), [...lettersOf(file, `${prefix}State`).keys()].sort());
    });
  });
}
