// SPDX-License-Identifier: Apache-2.0
// One function of several: the same result, fewer functions, and nothing taken that somebody else may name.
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { parse } from "acorn";
import { full } from "acorn-walk";
import { takeCensus } from "../../bench/build/census.js";
import { checkBundle } from "../../bench/build/espruino-check.js";
import { merge, MERGE_MARK, MERGE_OWN_MARK } from "../../bench/build/merge.js";
import { hostNames } from "../../bench/build/mergeable.js";

const HOST = new Set(["read", "push"]);
/** In the scripts, m: may be merged; o: may be, and nobody else has the name. */
const marked = (script: string): string =>
  script.replaceAll("/*m*/", `/*${MERGE_MARK}*/`).replaceAll("/*o*/", `/*${MERGE_OWN_MARK}*/`);

interface Case {
  readonly script: string;
  /** Functions that stay, constructors and callbacks among them. */
  readonly left: number;
}

const MERGED: { [what: string]: Case } = {
  "functions at the root": {
    script: "/*m*/function f(a){return a+1}/*m*/function g(a,b){return f(a)*b}g(2,f(3))",
    left: 1,
  },
  "functions without a result or an argument": {
    script: "var r='';/*m*/function f(){r+='f'}/*m*/function g(){f();r+='g'}g();r+f()",
    left: 1,
  },
  "a function and its parameter of one name": {
    script: "/*m*/function f(f,g){return{f,g:()=>f+g}}/*m*/function g(){return f(1,2).g()+f(3).f}g()",
    left: 2,
  },
  "a recursion": {
    script: "/*m*/function f(n){return n<2?1:n*g(n)}/*m*/function g(n){return f(n-1)}f(5)",
    left: 1,
  },
  "functions with vars of the same names": {
    script:
      "/*m*/function f(a){var i,r;for(r=0,i=0;i<a;i++)r+=g(i);return r}/*m*/function g(a){var i;i=a*2;return i}f(4)",
    left: 1,
  },
  methods: {
    script:
      "class A{constructor(){this.v=1}/*m*/one(a){return this.v+a}/*m*/two(a,b){return this.one(a)+b}}const a=new A;a.two(3,4)+a.one(5)",
    left: 2,
  },
  "methods of one name in two classes": {
    script:
      "class A{/*m*/one(){return 1}/*m*/two(){return 2}}class B{/*m*/two(){return 3}/*m*/three(a){return a.two()+this.two()}}new B().three(new A)*10+new A().one()",
    left: 2,
  },
  "a host's name that is nobody's but ours": {
    script: "class A{/*o*/read(){return 1}/*o*/b(){return this.read()}}new A().b()",
    left: 1,
  },
};

const LEFT_ALONE: { [what: string]: Case } = {
  "what is not marked": { script: "function f(){return 1}function g(){return f()}g()", left: 2 },
  "a function that is handed on": {
    script: "/*m*/function f(a){return a+1}/*m*/function g(){return[1].map(f)[0]}g()",
    left: 2,
  },
  "a call with a spread": {
    script: "/*m*/function f(a,b){return a+b}/*m*/function g(a){return f(...a)}g([1,2])",
    left: 2,
  },
  "a function that asks for its arguments": {
    script: "/*m*/function f(){return arguments.length}/*m*/function g(){return f(1,2)}g()",
    left: 2,
  },
  "a host's name": {
    script: "class A{/*m*/read(){return 1}/*m*/b(f){return f.read()}}new A().b({read:()=>2})+new A().read()",
    left: 3,
  },
  "a name that a literal has too": {
    script: "class A{/*m*/a(){return 1}/*m*/b(f){return f.a()}}new A().b({a(){return 2}})+new A().a()",
    left: 3,
  },
  "a method that is handed on": {
    script: "class A{/*m*/a(){return 1}/*m*/b(){return 2}}const a=new A,f=a.a;f()+a.b()+a.a()",
    left: 2,
  },
  "a name in quotes": { script: "class A{/*m*/a(){return 1}/*m*/b(){return 2}}const a=new A;a['a']()+a.b()", left: 2 },
  "what is inherited": {
    script:
      "class A{/*m*/a(){return this.b()}/*m*/b(){return 1}}class B extends A{/*m*/b(){return 2}/*m*/c(){return this.a()}}new B().c()+new A().a()",
    left: 4,
  },
  "a method alone": { script: "class A{/*m*/a(){return 1}}new A().a()", left: 1 },
};

function functionsIn(code: string): number {
  let count = 0;
  full(parse(code, { ecmaVersion: 2022 }), ({ type }) => void (count += /Function/.test(type) ? 1 : 0));
  return count;
}

/** A script's result, before and after: of a primitive. */
function check({ script, left }: Case): string {
  const { code } = merge(marked(script), HOST);
  assert.equal(runInNewContext(code), runInNewContext(script));
  assert.equal(functionsIn(code), left, code);
  assert.ok(!code.includes(MERGE_MARK));
  return code;
}

describe("merging", () => {
  for (const [what, one] of Object.entries(MERGED)) it(`makes one of ${what}`, () => void check(one));
  for (const [what, one] of Object.entries(LEFT_ALONE)) it(`leaves ${what}`, () => void check(one));

  it("puts what Espruino runs", () => {
    const { code } = merge(marked(MERGED["functions with vars of the same names"]!.script), HOST);
    checkBundle(code, () => code);
  });

  it("makes a function more when one gets long", () => {
    const bodies = ["a", "b", "c", "d"].map(
      (name) => `/*m*/function ${name}(x){return x+"${name.repeat(1200)}".length}`,
    );
    const { code } = merge(marked(`${bodies.join("")}a(b(c(d(0))))`), HOST);
    assert.equal(functionsIn(code), 2);
    assert.equal(runInNewContext(code), 4800);
  });

  it("counts nested calls of what is merged as of what was", () => {
    const script = marked("/*m*/function c(){}/*m*/function b(){c()}/*m*/function a(){b()}x(()=>a())");
    const depthOf = (code: string) => {
      const source = checkBundle(code, () => code);
      return takeCensus(source, () => "a.ts:1").callDepth;
    };
    const { code } = merge(script, HOST);
    assert.equal(depthOf(code), 3);
    assert.equal(depthOf(script), 3);
  });
});

describe("what may be merged", () => {
  const reserved = hostNames();
  for (const name of ["bless", "push", "subarray", "then", "erasePage"])
    it(`is no "${name}", which is not ours alone`, () => assert.ok(reserved.has(name)));
  it("is what no declaration names", () => assert.ok(!reserved.has("addSymbols")));
});
