// SPDX-License-Identifier: Apache-2.0
// What Espruino lacks or breaks: one table, for the finished bundles and for the firmware's sources.
//
// Each row was measured on the interpreter. `selector` is ESLint's; `when` narrows what it matched. A row with `bundleOnly`
// says nothing about a source: there the build turns it into something that works, or the types refuse it.
import type { Rule, Scope, SourceCode } from "eslint";
import type * as ES from "estree";

type Node = Rule.Node;

export interface EspruinoRule {
  readonly id: string;
  readonly selector: string;
  readonly when?: (node: Node, source: SourceCode) => boolean;
  readonly bundleOnly?: true;
  /** What Espruino does with it, and what to write. */
  readonly instead: string;
}

const CALLABLE = ":matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)";
const MISSING_GLOBALS = [
  "Map Set WeakMap WeakSet WeakRef Symbol Proxy Reflect BigInt BigInt64Array BigUint64Array Intl TextEncoder",
  "TextDecoder structuredClone queueMicrotask RangeError EvalError URIError AggregateError Atomics SharedArrayBuffer",
  "FinalizationRegistry escape unescape URL URLSearchParams setImmediate",
]
  .join(" ")
  .split(" ");
const MISSING_STATICS = new Map(
  Object.entries({
    Math: "trunc imul sign hypot log2 log10 log1p expm1 clz32 fround cbrt sinh cosh tanh asinh acosh atanh",
    Number: "isInteger isNaN isFinite isSafeInteger parseInt parseFloat MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON",
    Object: "freeze isFrozen seal isSealed preventExtensions isExtensible is hasOwn groupBy",
    Array: "from of fromAsync",
    String: "raw fromCodePoint",
    Promise: "race allSettled any withResolvers",
    Date: "UTC",
  }),
);
const BUILT_INS = /^(Array|String|Function|Number|Boolean|Date|RegExp|Promise|\w+Array|ArrayBuffer)$/;
const ERRORS = /^(Error|TypeError|SyntaxError|ReferenceError|InternalError)$/;
const MISSING_METHODS =
  /^(lastIndexOf|findLast|findLastIndex|reduceRight|flat|flatMap|at|copyWithin|codePointAt|search|trimStart|trimEnd|localeCompare|normalize|matchAll|toPrecision|toExponential|finally)$/;
const ITERATOR_METHODS = /^(keys|values|entries)$/;
/** As a class's method; in a literal each of them works. */
const KEYWORDS =
  /^(break|case|catch|class|const|continue|debugger|default|delete|do|else|extends|false|finally|for|function|if|in|instanceof|let|new|null|of|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while)$/;

const nameOf = (node: ES.Node | null | undefined) => (node?.type === "Identifier" ? node.name : "");
const isFunction = (node: ES.Node) => /Function/.test(node.type);

/** The static name of a member: a.b or a["b"]. */
function memberName(node: ES.Node): string {
  if (node.type !== "MemberExpression") return "";
  if (node.computed) return node.property.type === "Literal" ? String(node.property.value) : "";
  return nameOf(node.property as ES.Node);
}

/** Not asked of a Program. */
const parentOf = (node: ES.Node): Node => (node as Node).parent!;

function ancestor(node: Node, test: (node: Node) => boolean): Node | undefined {
  for (let up: Node | null = node.parent; up; up = up.parent) if (test(up)) return up;
  return undefined;
}

function variableOf(node: ES.Node, source: SourceCode): Scope.Variable | null | undefined {
  const scope = source.getScope(node);
  return scope.references.find(({ identifier }) => identifier === node)?.resolved;
}

/** A name that is not the program's own. */
const isGlobal = (node: ES.Node, source: SourceCode): boolean =>
  node.type === "Identifier" && !variableOf(node, source)?.defs.length;

/** The program gives a member of its own this name, so that it may be called. */
const isOwnMethod = (name: string, source: SourceCode) =>
  new RegExp(`(^|[^.\\w$])${name}\\(|\\.${name}\\s*=[^=]|[{,]\\s*(readonly )?${name}\\s*[:,}=]`).test(source.text);

function isMissingGlobal(node: Node, source: SourceCode): boolean {
  const name = nameOf(node);
  const scope = source.getScope(node);
  const used = scope.references.some(({ identifier }) => identifier === node);
  return used && MISSING_GLOBALS.includes(name) && isGlobal(node, source);
}

function isMissingMethod(node: Node, source: SourceCode): boolean {
  const name = memberName((node as ES.SimpleCallExpression).callee);
  const object = ((node as ES.SimpleCallExpression).callee as ES.MemberExpression).object;
  const missing = MISSING_METHODS.test(name) || (ITERATOR_METHODS.test(name) && nameOf(object) !== "Object");
  return missing && !isOwnMethod(name, source);
}

function isMissingStatic(node: Node, source: SourceCode): boolean {
  const { object } = node as ES.MemberExpression;
  const [owner, name] = [nameOf(object), memberName(node)];
  const missing = MISSING_STATICS.get(owner)?.split(" ") ?? (/\wArray$/.test(owner) ? ["from", "of"] : []);
  return missing.includes(name) && isGlobal(object, source);
}

/** X.prototype.y of a built-in, which reads as undefined; writing one works. */
function isBuiltInPrototypeRead(node: Node, source: SourceCode): boolean {
  const { object } = node as ES.MemberExpression;
  if (object.type !== "MemberExpression" || memberName(object) !== "prototype") return false;
  const user = parentOf(node);
  const written = user.type === "AssignmentExpression" && user.left === node;
  return !written && BUILT_INS.test(nameOf(object.object)) && isGlobal(object.object, source);
}

/** A pattern with {n,m}, (?...), a lazy quantifier, a word boundary, or a flag other than g and i. */
function isUnsupportedRegExp(node: Node): boolean {
  const { regex } = node as ES.RegExpLiteral;
  const bare = regex.pattern.replace(/\\[^bBkpP]/g, "_").replace(/\[[^\]]*\]/g, "_");
  return /\(\?|[*+?]\?|\{\d+(,\d*)?\}|\\[bBkpP]/.test(bare) || /[^gi]/.test(regex.flags);
}

/** A variable of a loop's head that a function inside the loop uses: every turn shares it. */
function isCapturedLoopVariable(node: Node, source: SourceCode): boolean {
  return source
    .getDeclaredVariables(node)
    .some(({ scope, references }) => references.some(({ from }) => from.variableScope !== scope.variableScope));
}

/** Read or written in its own function above the line that declares it. */
function isUsedBeforeDeclaration(node: Node, source: SourceCode): boolean {
  return source.getDeclaredVariables(node).some(({ scope, references, defs }) => {
    const declaredAt = defs[0]!.name.range![0];
    return references.some(
      ({ from, identifier }) => from.variableScope === scope.variableScope && identifier.range![0] < declaredAt,
    );
  });
}

/** Not among the statements that a function begins with. */
function isUnhoistedVar(node: Node): boolean {
  const block = parentOf(node);
  if (block.type === "Program") return false;
  return block.type !== "BlockStatement" || !isFunction(parentOf(block)) || !isFirst(node, block);
}

/** All before it in its block are directives, functions and vars. */
const isFirst = (node: Node, { body }: ES.BlockStatement | ES.Program) =>
  (body.slice(0, body.indexOf(node as ES.Statement)) as Node[]).every(isLeading);

const isLeading = (node: Node) =>
  node.type === "FunctionDeclaration" ||
  (node.type === "VariableDeclaration" && node.kind === "var") ||
  (node.type === "ExpressionStatement" && "directive" in node);

const classOf = (node: Node) =>
  ancestor(node, ({ type }) => type === "ClassDeclaration" || type === "ClassExpression") as ES.Class | undefined;

/** super.x in an arrow, in a static method, or in a class that another one extends. */
function isBrokenSuper(node: Node, source: SourceCode): boolean {
  const method = ancestor(node, ({ type }) => /Function|PropertyDefinition|StaticBlock/.test(type));
  if (!method || method.type === "ArrowFunctionExpression" || method.type === "PropertyDefinition") return true;
  const member = parentOf(method);
  if (member.type === "MethodDefinition" && (member as ES.MethodDefinition).static) return true;
  const own = classOf(node);
  const variables = own ? source.getDeclaredVariables(own as Node) : [];
  const holder = own && parentOf(own);
  if (holder?.type === "VariableDeclarator") variables.push(...source.getDeclaredVariables(holder));
  return variables.some(({ references }) => references.some(({ identifier }) => isSuperClass(identifier as ES.Node)));
}

function isSuperClass(identifier: ES.Node): boolean {
  const user = parentOf(identifier);
  return /^Class/.test(user.type) && (user as ES.Class).superClass === identifier;
}

/** Derived.x, where only Base has the static x. */
function isInheritedStatic(node: Node, source: SourceCode): boolean {
  let owner = classNamed((node as ES.MemberExpression).object, source);
  for (let own = true; owner; own = false) {
    const has = owner.body.body.some(
      (member) => "static" in member && member.static && "key" in member && nameOf(member.key) === memberName(node),
    );
    if (has) return !own;
    owner = owner.superClass ? classNamed(owner.superClass, source) : undefined;
  }
  return false;
}

function classNamed(node: ES.Node, source: SourceCode): ES.Class | undefined {
  const definition = node.type === "Identifier" ? variableOf(node, source)?.defs[0]?.node : undefined;
  const found = definition?.type === "VariableDeclarator" ? definition.init : definition;
  return found && /^Class/.test(found.type) ? (found as ES.Class) : undefined;
}

/** A call takes two of the 15 locks that the port counts of an object; one that reaches them is never freed. */
const MOST_NESTED_OWN_CALLS = 6;

/** Methods of a class that call each other on one object, in a longer chain than it stands. */
function nestsOwnCalls(body: Node, source: SourceCode): boolean {
  const methods = (body as unknown as ES.ClassBody).body.filter((member) => member.type === "MethodDefinition");
  const calls = new Map(methods.map(({ key, value }) => [nameOf(key as ES.Node), ownCalls(value as Node, source)]));
  const known = new Map<string, number>();
  const depthOf = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, 0); // a recursion ends here
    const below = calls.get(name)!.filter((called) => calls.has(called));
    const depth = 1 + Math.max(0, ...below.map(depthOf));
    known.set(name, depth);
    return depth;
  };
  return [...calls.keys()].some((name) => depthOf(name) > MOST_NESTED_OWN_CALLS);
}

/** Names of x in each this.x() in a method; what is in a callback's function is called later. */
function ownCalls(node: Node, source: SourceCode): string[] {
  const callee = node.type === "CallExpression" ? node.callee : undefined;
  const own =
    callee?.type === "MemberExpression" && callee.object.type === "ThisExpression" ? [memberName(callee)] : [];
  const children = (source.visitorKeys[node.type] ?? []).flatMap(
    (key) => (node as unknown as { [key: string]: Node | (Node | null)[] | null })[key] ?? [],
  );
  return [...own, ...children.flatMap((child) => (child && !isFunction(child) ? ownCalls(child, source) : []))];
}

const inArrowOf = (node: Node, type: string) => {
  const around = ancestor(node, (up) => isFunction(up));
  if (around?.type !== "ArrowFunctionExpression") return false;
  return (
    ancestor(around, (up) => (isFunction(up) ? up.type !== "ArrowFunctionExpression" : up.type === type))?.type === type
  );
};

const nonAscii = /[^\x00-\x7e]/; // eslint-disable-line no-control-regex

export const espruinoRules: readonly EspruinoRule[] = [
  {
    id: "default-parameter",
    selector: `${CALLABLE} > AssignmentPattern.params`,
    instead: "a default parameter is a SyntaxError: pass every argument, or test it for undefined",
  },
  {
    id: "rest-parameter",
    selector: "RestElement.params",
    instead: "a rest parameter is a SyntaxError: take an array",
  },
  {
    id: "spread",
    selector: ":matches(CallExpression, NewExpression, ArrayExpression) > SpreadElement",
    instead: "spread is a SyntaxError: use concat, push or apply",
  },
  {
    id: "object-spread",
    selector: "ObjectExpression > SpreadElement",
    bundleOnly: true,
    instead: "spread is a SyntaxError: use Object.assign",
  },
  {
    id: "destructuring",
    selector: ":matches(ObjectPattern, ArrayPattern)",
    instead: "destructuring is a SyntaxError: read each member by its name",
  },
  {
    id: "label",
    selector: "LabeledStatement",
    instead: "a label is a SyntaxError: move the inner loop to a function and return",
  },
  {
    id: "generator",
    selector: `${CALLABLE}[generator=true]`,
    instead: "a generator is a SyntaxError: use a callback or a state",
  },
  {
    id: "async",
    selector: `:matches(${CALLABLE}[async=true], AwaitExpression, ForOfStatement[await=true])`,
    instead: "async and await are a SyntaxError: use a callback",
  },
  {
    id: "computed-key",
    selector: ":matches(Property, MethodDefinition, PropertyDefinition)[computed=true]",
    instead: "a computed key is a SyntaxError: assign object[key] after it was made",
  },
  {
    id: "keyword-method",
    selector: "MethodDefinition[kind='method']",
    when: (node) => KEYWORDS.test(nameOf((node as ES.MethodDefinition).key as ES.Node)),
    instead: "a class's method named like a keyword is a SyntaxError: rename it",
  },
  {
    id: "super-method",
    selector: "MemberExpression[object.type='Super']",
    when: isBrokenSuper,
    instead: "super here finds the wrong class or recurses for ever: call a method of another name",
  },
  {
    id: "static-inheritance",
    selector: "MemberExpression[object.type='Identifier']",
    when: isInheritedStatic,
    instead: "a static is not inherited: name the class that declares it",
  },
  {
    id: "empty-field",
    selector: "PropertyDefinition[value=null]",
    bundleOnly: true,
    instead: "a class field without a value is a SyntaxError: assign it in the constructor",
  },
  {
    id: "arrow-field",
    selector: "PropertyDefinition ThisExpression",
    when: (node) => inArrowOf(node, "PropertyDefinition"),
    bundleOnly: true,
    instead: "`this` of an arrow in a class field is wrong: make the arrow in the constructor",
  },
  {
    id: "private-name",
    selector: "PrivateIdentifier",
    instead: "a private name is a SyntaxError: begin the name with _, which the build shortens",
  },
  {
    id: "static-block",
    selector: "StaticBlock",
    instead: "a static block is a SyntaxError: write the statements after the class",
  },
  {
    id: "optional-chaining",
    selector: "ChainExpression",
    bundleOnly: true,
    instead: "optional chaining is a SyntaxError: test the object first",
  },
  {
    id: "exponent",
    selector: ":matches(BinaryExpression[operator='**'], AssignmentExpression[operator='**='])",
    bundleOnly: true,
    instead: "** is a SyntaxError: use Math.pow",
  },
  {
    id: "logical-assignment",
    selector: "AssignmentExpression[operator=/^(\\?\\?|\\|\\||&&)=$/]",
    bundleOnly: true,
    instead: "a logical assignment is a SyntaxError: use if",
  },
  {
    id: "big-integer",
    selector: "Literal[bigint]",
    instead: "a BigInt is a SyntaxError: use a number, exact up to 2 to the 53",
  },
  {
    id: "tagged-template",
    selector: "TaggedTemplateExpression",
    instead: "a tagged template throws: call a function",
  },
  {
    id: "code-point-escape",
    selector: ":matches(Literal, TemplateElement)",
    when: (node, source) => /\\u\{/.test(source.getText(node)),
    instead: "\\u{...} is not understood: strings are bytes, write \\xNN",
  },
  {
    id: "non-ascii",
    selector: ":matches(Literal, TemplateElement, Identifier)",
    when: (node, source) => nonAscii.test(source.getText(node)),
    instead: "strings are bytes: write \\xNN",
  },
  {
    id: "regular-expression",
    selector: "Literal[regex]",
    when: isUnsupportedRegExp,
    instead:
      "Espruino's RegExp has no {n,m}, (?...), lazy quantifier, \\b, or flags but g and i: write the pattern out",
  },
  {
    id: "new-target",
    selector: "MetaProperty",
    instead: "new.target and import.meta are a SyntaxError: leave them out",
  },
  {
    id: "dynamic-import",
    selector: "ImportExpression",
    instead: "import() is a SyntaxError: import at the top",
  },
  {
    id: "arrow-arguments",
    selector: "Identifier[name='arguments']",
    when: (node) => ancestor(node, (up) => isFunction(up))?.type === "ArrowFunctionExpression",
    instead: "an arrow has the wrong `arguments`: name the parameters",
  },
  {
    id: "loop-closure",
    selector: ":matches(ForStatement > .init, ForInStatement > .left, ForOfStatement > .left)[kind=/let|const/]",
    when: isCapturedLoopVariable,
    instead: "closures over a loop's variable share one: copy it to a const inside the loop",
  },
  {
    id: "use-before-declaration",
    selector: ":matches(VariableDeclaration, ClassDeclaration)",
    when: isUsedBeforeDeclaration,
    instead: "nothing is hoisted, so a use above the declaration is a ReferenceError: move the declaration up",
  },
  {
    id: "unhoisted-var",
    selector: "VariableDeclaration[kind='var']",
    when: isUnhoistedVar,
    bundleOnly: true,
    instead: "a var in a branch is a global until its line has run: declare it at the top of the function",
  },
  {
    id: "unhoisted-function",
    selector: ":matches(Program, BlockStatement) > FunctionDeclaration",
    when: (node) => !isFirst(node, parentOf(node) as ES.BlockStatement),
    bundleOnly: true,
    instead: "a function does not exist above its line: move it to the top of its block",
  },
  {
    id: "missing-global",
    selector: "Identifier",
    when: isMissingGlobal,
    instead: "Espruino has no such global: use an array, an object or a callback",
  },
  {
    id: "missing-static",
    selector: "MemberExpression",
    when: isMissingStatic,
    instead: "Espruino has no such function or constant: write it out with what ES5 and docs/API.md have",
  },
  {
    id: "missing-method",
    selector: "CallExpression[callee.type='MemberExpression']",
    when: isMissingMethod,
    bundleOnly: true,
    instead: "Espruino has no such method: write a loop",
  },
  {
    id: "built-in-prototype",
    selector: "MemberExpression",
    when: isBuiltInPrototypeRead,
    instead: "a built-in's method is found through an instance only: write [].slice.call or call it on the value",
  },
  {
    id: "array-length",
    selector: ":matches(AssignmentExpression > MemberExpression.left, UpdateExpression > MemberExpression.argument)",
    when: (node) => memberName(node) === "length",
    instead: "writing an array's length throws: use splice or a new array",
  },
  {
    id: "extended-error",
    selector: ":matches(ClassDeclaration, ClassExpression)",
    when: (node, source) => {
      const { superClass } = node as ES.Class;
      return !!superClass && ERRORS.test(nameOf(superClass)) && isGlobal(superClass, source);
    },
    instead: "an instance of a class that extends Error is no Error: return a code",
  },
  {
    id: "nested-own-calls",
    selector: "ClassBody",
    when: nestsOwnCalls,
    instead:
      "more than six methods that call each other on one object lock it for good, and it is never freed: make the innermost functions",
  },
  {
    id: "json-callback",
    selector: "CallExpression[callee.object.name='JSON']",
    when: (node) => {
      const { callee, arguments: given } = node as ES.SimpleCallExpression;
      if (memberName(callee) === "parse") return given.length > 1;
      return !!given[1] && isFunction(given[1]);
    },
    instead: "JSON has no replacer or reviver: change the value before or after",
  },
  {
    id: "object-create-properties",
    selector: "CallExpression[callee.object.name='Object'][callee.property.name='create'][arguments.length>1]",
    instead: "Object.create with properties throws: assign them after it",
  },
];

/** The table as an ESLint plugin. */
export const espruinoPlugin = {
  rules: Object.fromEntries(
    espruinoRules.map((row): [string, Rule.RuleModule] => [
      row.id,
      {
        meta: { type: "problem", schema: [] },
        create: (context) => ({
          [row.selector](node: Node) {
            if (row.when && !row.when(node, context.sourceCode)) return;
            context.report({ node, message: row.instead });
          },
        }),
      },
    ]),
  ),
};
