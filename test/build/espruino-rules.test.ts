// SPDX-License-Identifier: Apache-2.0
// Each row of the table of what Espruino lacks: a bundle that it refuses, and one beside it that it lets pass.
import assert from "node:assert/strict";
import { checkBundle } from "../../bench/build/espruino-check.js";
import { espruinoRules } from "../../bench/build/espruino-rules.js";
import { UserError } from "../../bench/errors.js";

const chainOfMethods = (count: number) =>
  `class A{${Array.from({ length: count }, (_, i) => `m${i}(){${i < count - 1 ? `return 1+this.m${i + 1}()` : ""}}`).join("")}}`;

/** Rule, what is refused, what passes. */
const SAMPLES: readonly [id: string, refused: readonly string[], passes: readonly string[]][] = [
  ["default-parameter", ["function f(a=1){}", "x=(a=1)=>a"], ["function f(a){if(a===undefined)a=1}"]],
  ["rest-parameter", ["function f(...a){}"], ["function f(a){}"]],
  ["spread", ["f(...a)", "x=[...a]"], ["f.apply(null,a)"]],
  ["object-spread", ["x={...a}"], ["x=Object.assign({},a)"]],
  ["destructuring", ["const{a}=b", "const[c]=d", "function f({a}){}", "for(const [a] of b);"], ["const a=b.a"]],
  ["label", ["a:for(;;)break a"], ["for(;;)break"]],
  ["generator", ["function*f(){}"], ["function f(){}"]],
  ["async", ["async function f(){}", "x=async()=>1"], ["x=()=>1"]],
  ["computed-key", ["x={[a]:1}", "class A{[b](){}}"], ["x={};x[a]=1", "class A{b(){}}"]],
  [
    "keyword-method",
    ["class A{delete(){}}", "class A{static of(){}}"],
    ["class A{get a(){return 1}get(){}}", "x={delete(){}}"],
  ],
  [
    "super-method",
    [
      "class A{m(){}}class B extends A{m(){super.m()}}class C extends B{}",
      "const B=class extends A{m(){super.m()}};class C extends B{}",
      "class A{m(){}}class B extends A{n(){return()=>super.m()}}",
      "class A{}class B extends A{static s(){super.s()}}",
    ],
    ["class A{m(){}}class B extends A{m(){super.m()}}class C extends A{}"],
  ],
  [
    "static-inheritance",
    ["class A{static s(){}}class B extends A{}B.s()"],
    ["class A{static s(){}}class B extends A{static s(){}}A.s();B.s()"],
  ],
  ["empty-field", ["class A{x}"], ["class A{x=1}"]],
  ["arrow-field", ["class A{x=()=>this.y}"], ["class A{constructor(){this.x=()=>this.y}}"]],
  ["private-name", ["class A{#x=1}"], ["class A{_x=1}"]],
  ["static-block", ["class A{static{f()}}"], ["class A{}f()"]],
  ["optional-chaining", ["a?.b", "a?.()"], ["a&&a.b", "a??b"]],
  ["exponent", ["x=a**2", "x**=2"], ["x=Math.pow(a,2)"]],
  ["logical-assignment", ["x??=1", "x||=1", "x&&=1"], ["x|=1"]],
  ["big-integer", ["x=1n"], ["x=1"]],
  ["tagged-template", ["f`a`"], ["f(`a`)"]],
  ["code-point-escape", ["x='\\u{41}'", "x=`\\u{41}`"], ["x='\\x41'"]],
  ["non-ascii", ["x='\u00e9'", "\u00e9=1"], ["x='\\xe9'"]],
  [
    "regular-expression",
    ["x=/a{2}/", "x=/a(?=b)/", "x=/(?:a)/", "x=/a+?/", "x=/\\ba/", "x=/a/m"],
    ["x=/^(a|b)*[^c{2}]\\{2\\}\\?$/gi"],
  ],
  ["new-target", ["function f(){new.target}"], ["function f(){this}"]],
  ["dynamic-import", ["import('a')"], ["require('a')"]],
  ["arrow-arguments", ["function f(){return()=>arguments}"], ["function f(){return arguments}"]],
  [
    "loop-closure",
    ["for(let i=0;i<3;i++)f(()=>i)", "for(const a of b)f(()=>a)", "for(let k in o)f(function(){k})"],
    ["for(let i=0;i<3;i++){const j=i;f(()=>j)}", "for(let i=0;i<3;i++)f(i)"],
  ],
  [
    "use-before-declaration",
    ["(function(){a();const a=1})()", "(function(){var b=c,c=1})()", "new A;class A{}"],
    ["(function(){function f(){return a}const a=1;f()})()"],
  ],
  [
    "unhoisted-var",
    ["(function(){if(a){var b=1}})()", "(function(){for(var i=0;;);})()", "(function(){f();var a=1})()"],
    ["(function(){'ram';var a=1;function g(){}var b;f()})()", "var a=1"],
  ],
  [
    "unhoisted-function",
    ["(function(){f();function f(){}})()", "f();function f(){}"],
    ["(function(){function f(){}f()})()"],
  ],
  ["missing-global", ["x=new Map", "f(Symbol)"], ["class Map{}x=new Map", "x={Map:1}", "x=a.Map"]],
  [
    "missing-static",
    [
      "Math.trunc(a)",
      "Number.isInteger(a)",
      "Object.freeze(a)",
      "Array.from(a)",
      "Uint8Array.from(a)",
      "Promise.race(a)",
    ],
    ["Math.floor(a)", "Object.assign(a,b)", "const Math={trunc(){}};Math.trunc(a)"],
  ],
  [
    "missing-method",
    ["a.flat()", "a.lastIndexOf(1)", "a.at(-1)", "a.keys()", "p.finally(f)", "s.codePointAt(0)"],
    ["a.indexOf(1)", "Object.keys(a)", "class A{at(i){}}a.at(1)"],
  ],
  [
    "built-in-prototype",
    ["Array.prototype.slice.call(a)", "x=String.prototype.trim"],
    ["[].slice.call(a)", "Object.prototype.hasOwnProperty.call(a,b)", "Array.prototype.x=f"],
  ],
  ["array-length", ["a.length=0", "a.length--"], ["a.splice(0,a.length)", "x=a.length"]],
  ["extended-error", ["class A extends Error{}"], ["class Error{}class A extends Error{}"]],
  ["nested-own-calls", [chainOfMethods(7)], [chainOfMethods(6), "class A{a(){if(x)this.b()}b(){this.a()}}"]],
  ["json-callback", ["JSON.parse(a,f)", "JSON.stringify(a,()=>1)"], ["JSON.parse(a)", "JSON.stringify(a,null,1)"]],
  ["object-create-properties", ["Object.create(a,{})"], ["Object.create(a)"]],
];

/** The rules that a bundle breaks, or "syntax". */
function broken(code: string): string[] {
  try {
    checkBundle(code, (line) => `bundle.js:${line}`);
    return [];
  } catch (error) {
    assert.ok(error instanceof UserError);
    return [...error.message.matchAll(/\((?:espruino\/)?([\w-]+)\)\.$/gm)].map(([, id]) => id!);
  }
}

describe("what Espruino lacks", () => {
  it("has a sample for every rule", () => {
    assert.deepEqual(SAMPLES.map(([id]) => id).sort(), espruinoRules.map(({ id }) => id).sort());
  });

  for (const [id, refused, passes] of SAMPLES) {
    for (const code of refused)
      it(`${id} refuses ${code}`, () => assert.ok(broken(code).includes(id), String(broken(code))));
    for (const code of passes) it(`${id} lets pass ${code}`, () => assert.deepEqual(broken(code), []));
  }

  it("refuses what does not parse", () => assert.deepEqual(broken("import a from 'b'"), ["syntax"]));

  it("says where and what to write", () => {
    assert.throws(() => checkBundle("f();\nx=a**2", (line, column) => `source.ts:${line}:${column}`), {
      code: "BUNDLE_UNSUPPORTED",
      message: "source.ts:2:2: ** is a SyntaxError: use Math.pow (espruino/exponent).",
    });
  });
});
