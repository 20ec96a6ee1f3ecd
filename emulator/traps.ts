// SPDX-License-Identifier: Apache-2.0
// JavaScript as Espruino has it: code run in a fresh context before anything else, so that what Node has too much of is gone and
// what Espruino does its own way is done that way.

/** Built-ins that Espruino lacks. */
const MISSING = [
  "Map",
  "Set",
  "WeakMap",
  "WeakSet",
  "WeakRef",
  "Proxy",
  "Reflect",
  "BigInt",
  "Intl",
  "TextEncoder",
  "TextDecoder",
  "structuredClone",
  "queueMicrotask",
  "RangeError",
  "escape",
  "unescape",
  "SharedArrayBuffer",
  "Atomics",
  "WebAssembly",
  "BigInt64Array",
  "BigUint64Array",
];

/** By owner, the members that Espruino lacks. */
const MISSING_MEMBERS: { readonly [owner: string]: readonly string[] } = {
  Math: ["imul", "trunc", "sign", "hypot", "log2", "log10", "clz32", "fround", "cbrt", "expm1", "log1p"],
  Number: ["isInteger", "isNaN", "isFinite", "isSafeInteger", "MAX_SAFE_INTEGER", "EPSILON"],
  "Number.prototype": ["toPrecision"],
  Object: ["freeze", "seal", "isFrozen", "is", "hasOwn"],
  Array: ["from", "of"],
  "Array.prototype": [
    "lastIndexOf",
    "findLast",
    "findLastIndex",
    "reduceRight",
    "flat",
    "flatMap",
    "keys",
    "entries",
    "values",
    "at",
    "copyWithin",
  ],
  "String.prototype": ["codePointAt", "search", "trimStart", "trimEnd", "at", "localeCompare", "normalize", "matchAll"],
  Promise: ["race", "allSettled", "any"],
  "Promise.prototype": ["finally"],
  Date: ["UTC"],
  ArrayBuffer: ["isView"],
  "ArrayBuffer.prototype": ["slice"],
  Uint8Array: ["from", "of"],
};

/** What Espruino does its own way; runs inside the context. */
const OWN_WAYS = `
(function () {
  var typed = Object.getPrototypeOf(Uint8Array.prototype);
  var subarray = typed.subarray;
  typed.subarray = function (from, to) {
    if (to > this.length) throw new Error("subarray() past the end reads what lies behind the array");
    return subarray.call(this, from, to);
  };
  var slice = Array.prototype.slice;
  typed.slice = function (from, to) { return slice.call(this, from, to); };
  var apply = Function.prototype.apply;
  Function.prototype.apply = function (self, args) {
    if (args && args.length > 256) throw new Error("apply() takes at most 256 arguments");
    return apply.call(this, self, args);
  };
  var parse = JSON.parse;
  JSON.parse = function (text) {
    return parse(String(text).replace(/[\\u0080-\\uffff]/g, function (c) {
      if (c.charCodeAt(0) > 255) throw new Error("strings are latin-1 here");
      return c;
    }));
  };
  var state = 0xDEADBEEF;
  Math.random = function () {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
})();`;

export function trapCode(): string {
  const drop = MISSING.map((name) => `delete globalThis.${name};`);
  for (const [owner, members] of Object.entries(MISSING_MEMBERS))
    for (const member of members) drop.push(`delete ${owner}.${member};`);
  return drop.join("") + OWN_WAYS;
}
