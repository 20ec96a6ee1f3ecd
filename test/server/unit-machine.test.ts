// SPDX-License-Identifier: Apache-2.0
// The unit's table: every pair decided once, every state reached, no way round the blessing.
import assert from "node:assert/strict";
import { judge } from "../../server/domain/judge.js";
import { serialNumber } from "../../server/domain/serial-number.js";
import type { UnitEvent, UnitState } from "../../server/domain/unit-machine.js";
import { UNIT_ACTIONS, UNIT_EVENTS, UNIT_STATES, UNIT_TABLE, unitStep } from "../../server/domain/unit-machine.js";

const rows = UNIT_TABLE.trim().split(" ");
const states = Object.values(UNIT_STATES);
const events = Object.keys(UNIT_EVENTS) as UnitEvent[];

describe("the unit's table", () => {
  it("has known letters only, and no pair twice", () => {
    for (const row of rows) {
      assert.equal(row.length, 4, row);
      for (const letter of [row.charAt(0), row.charAt(2)]) assert.ok(letter in UNIT_STATES, row);
      assert.ok(row.charAt(1) in UNIT_EVENTS && row.charAt(3) in UNIT_ACTIONS, row);
    }
    assert.equal(new Set(rows.map((row) => row.slice(0, 2))).size, rows.length);
  });

  it("is total: each pair is a step or refused", () => {
    let steps = 0;
    for (const state of states) for (const event of events) if (unitStep(state, event)) steps++;
    assert.equal(steps, rows.length);
  });

  const reachedFrom = (start: UnitState, without: (state: UnitState, event: UnitEvent) => boolean): Set<UnitState> => {
    const reached = new Set([start]);
    for (const state of reached)
      for (const event of events) {
        const step = without(state, event) ? undefined : unitStep(state, event);
        if (step) reached.add(step.next);
      }
    return reached;
  };

  it("reaches every state", () => {
    assert.deepEqual([...reachedFrom("seen", () => false)].sort(), [...states].sort());
  });

  it("leads to shippable by a grant, an acknowledgement and a proof, and not without any of them", () => {
    for (const needed of ["g", "k", "w"] as const)
      assert.ok(!reachedFrom("seen", (_state, event) => event === needed || event === "r").has("shippable"), needed);
  });

  it("leads nowhere from scrapped", () => {
    assert.deepEqual([...reachedFrom("scrapped", () => false)], ["scrapped"]);
  });

  it("lets a blessed unit begin anew by an engineer's word only", () => {
    for (const state of ["blessed", "re-seat", "shippable", "activated"] as const) {
      assert.equal(unitStep(state, "h")?.action, "b");
      assert.ok(!reachedFrom(state, (_state, event) => event === "u").has("dut"), state);
    }
  });
});

describe("serial numbers", () => {
  it("are the count in the format's digits", () => {
    assert.equal(serialNumber("HS-######", 7), "HS-000007");
    assert.equal(serialNumber("##/A", 42), "42/A");
  });
  it("grow rather than come twice", () => {
    const numbers = Array.from({ length: 2000 }, (_, i) => serialNumber("X##", i + 1));
    assert.equal(new Set(numbers).size, numbers.length);
    assert.equal(numbers[99], "X100");
  });
});

describe("judging", () => {
  const limit = { phase: "p", name: "m", unit: "V" };
  const attempt = (value: number) => [{ phase: "p", attempt: 1, outcome: 0, measurements: [{ name: "m", value }] }];

  it("names the measurement, its value and its limits", () => {
    assert.equal(judge([{ ...limit, min: 1, max: 2 }], attempt(3)), "m is 3 V, outside 1 to 2");
    assert.equal(judge([{ ...limit, min: 1 }], []), "m was not measured");
  });
  it("needs a number even where there is no limit", () => {
    assert.equal(judge([limit], attempt(1e9)), "");
    assert.notEqual(judge([limit], attempt(NaN)), "");
    assert.notEqual(judge([{ ...limit, min: 0 }], attempt(Infinity)), "");
  });
});
