// SPDX-License-Identifier: Apache-2.0
// The stages of the virtual boards against their budget: what grows must be asked for.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGET_BOARDS, costOf, overBudget, readBudget } from "../../bench/build/budget.js";
import { buildStages } from "../../bench/build/build.js";
import { takeCensus } from "../../bench/build/census.js";
import { checkBundle } from "../../bench/build/espruino-check.js";

const PRODUCT = fileURLToPath(new URL("../../examples/hello-sensor", import.meta.url));
const census = (code: string, locate = (line: number, column: number) => `bundle.js:${line}:${column}`) =>
  takeCensus(checkBundle(code, locate), locate);

describe("the budget", () => {
  it("holds for every stage, and for the receive stage of either kind of sensor", async () => {
    const outDir = mkdtempSync(join(tmpdir(), "budget-"));
    try {
      const cost = costOf(await buildStages({ boards: BUDGET_BOARDS, product: PRODUCT, outDir }));
      const budget = readBudget();
      assert.deepEqual(Object.keys(cost), Object.keys(budget));
      assert.equal(
        Object.entries(cost)
          .flatMap(([stage, is]) => overBudget(stage, is, budget[stage]!))
          .join("\n"),
        "",
      );
    } finally {
      rmSync(outDir, { recursive: true });
    }
  });

  it("says what grew", () => {
    const budget = { bytes: 100, functions: { "1": 2 }, callDepth: 3 };
    assert.deepEqual(overBudget("dut", budget, budget), []);
    assert.deepEqual(overBudget("dut", { bytes: 101, functions: { "1": 3, "2": 1 }, callDepth: 4 }, budget), [
      "dut: its size in bytes grew to 101, budget 100; make it smaller or raise firmware/budget.json.",
      "dut: the number of functions at scope depth 1 grew to 3, budget 2; make it smaller or raise firmware/budget.json.",
      "dut: the number of functions at scope depth 2 grew to 1, budget 0; make it smaller or raise firmware/budget.json.",
      "dut: the depth of its calls grew to 4, budget 3; make it smaller or raise firmware/budget.json.",
    ]);
  });
});

describe("the census", () => {
  it("counts functions by scope depth, and not those called in place", () => {
    const { functions } = census("(function(){function f(){return()=>1}const g={m(){}};x(function(){})})()");
    assert.deepEqual(functions, { "1": 3, "2": 1 });
  });

  const DEPTHS: { [what: string]: [code: string, depth: number] } = {
    nothing: ["x()", 0],
    "functions by name": ["(function(){function c(){}function b(){c()}function a(){b()}x(a)})()", 2],
    "functions in variables": ["(function(){const b=()=>1,a=()=>b();x(a)})()", 1],
    "a method of this, of its own class only": ["class A{m(){this.n()}n(){}}class B{n(){this.o()}o(){}}", 1],
    "a method of another object, by name": ["class A{m(){this.b.n()}}class B{n(){this.o()}o(){}}", 2],
    "a constructor": ["function f(){}function a(){new B}class B{constructor(){f()}}", 2],
    "an assigned member": ["function a(){q.m()}function b(){}q.m=b", 1],
    "a function called in place": ["function a(){(function(){b()})()}function b(){}", 2],
    "a recursion once": ["function a(){b()}function b(){a();c()}function c(){}", 2],
  };
  for (const [what, [code, depth]] of Object.entries(DEPTHS)) {
    it(`follows ${what}`, () => assert.equal(census(code).callDepth, depth));
  }

  it("ends a chain at the hardware abstraction", () => {
    const code = "function a(){b()}function b(){c()}function c(){}";
    const inHal = (_line: number, column: number) => (column === 17 ? "hal/espruino/pins.ts:1" : "firmware/a.ts:1");
    assert.deepEqual(census(code, inHal).callChain, ["firmware/a.ts:1", "hal/espruino/pins.ts:1"]);
  });
});
