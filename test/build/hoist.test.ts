// SPDX-License-Identifier: Apache-2.0
// Espruino's order: same result in an engine that hoists, and nothing left that needs hoisting.
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { checkBundle } from "../../bench/build/espruino-check.js";
import { hoist } from "../../bench/build/hoist.js";

const SCRIPTS: { [what: string]: string } = {
  "a function called above its line": "(function(){return f();function f(){return 1}})()",
  "a function in a block": "(function(){{return f();function f(){return 2}}})()",
  "a function below a directive": "(function(){'ram';return f();function f(){return 3}})()",
  "vars of nested loops":
    "(function(){var r=0;for(var i=0,n=3;i<n;i++){for(var j=0;j<2;j++)r+=i*j}return r+','+i+j})()",
  "a var in a branch that did not run": "(function(){if(0)var a=1;return typeof a})()",
  "a var as a branch": "(function(){if(0)var a;else var b=1,c,d=2,e;return [a,b,c,d,e].join()})()",
  "a for-in var": "(function(){for(var k in{a:1,b:2});return k})()",
  "an empty for head": "(function(){for(var k;;)return typeof k})()",
  "a var that is a parameter": "(function(p){if(p){var p=2,t=p}return p+t})(1)",
  "a var declared twice": "(function(){var a=1;f();var a=2,b=a;return a+b;function f(){}})()",
  "a function that calls one moved with it":
    "(function(){var a=f();return a;function g(){return 5}function f(){return g()}})()",
  "a var after the return": "(function(){a=4;return a;var a})()",
  "a var of the script behind its use": "a=6;var a;a",
};

describe("hoisting", () => {
  for (const [what, code] of Object.entries(SCRIPTS)) {
    it(`puts ${what} in order and keeps what it does`, () => {
      const ordered = hoist(code)!.code;
      checkBundle(ordered, () => ordered);
      assert.equal(runInNewContext(ordered), runInNewContext(code));
    });
  }

  it("leaves alone what is in order", () => {
    assert.equal(hoist("(function(){'ram';function f(){}var a=1;f(a)})()"), undefined);
  });
});
