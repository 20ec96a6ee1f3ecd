// SPDX-License-Identifier: Apache-2.0
// Counts what a stage costs: its functions by scope depth, and how deep its own calls nest.
//
// On a board RAM goes by function, more the deeper its scope, and the stack by nested call; both are counted over the
// finished bundle as a stand-in for the board.
import type { Rule, SourceCode } from "eslint";
import type * as ES from "estree";
import type { Locate } from "./espruino-check.js";
import { partNumber } from "./merge.js";

const HAL = /(^|\/)hal\/espruino\//;

type FunctionNode = ES.Function & Rule.Node;
/** Of what can be called: a function, or a part of a merged one. */
type Callable = FunctionNode | (ES.IfStatement & Rule.Node);

export interface Census {
  /** Functions by the number of functions around them; one that is called where it stands is not kept, so not counted. */
  readonly functions: { readonly [depth: string]: number };
  /**
   * Calls in the longest chain from an event to the HAL. Of this.x the class is known; any other x is every member of that
   * name in other classes, so the number is an upper bound. A recursion counts once.
   */
  readonly callDepth: number;
  /** That chain, each "file:line". */
  readonly callChain: readonly string[];
}

export function takeCensus(source: SourceCode, locate: Locate): Census {
  const functions: { [depth: string]: number } = {};
  const placeOf = ({ loc }: Callable) => locate(loc!.start.line, loc!.start.column);
  const graph = new CallGraph(source, (node) => HAL.test(placeOf(node)));
  for (const { node, depth } of graph.callables) {
    if (isFunction(node) && !isCalledInPlace(node)) functions[depth] = (functions[depth] ?? 0) + 1;
  }
  const chain = graph.longestChain();
  return {
    functions,
    callDepth: Math.max(0, chain.length - 1),
    callChain: chain.map(placeOf),
  };
}

const isFunction = (node: ES.Node | null | undefined): node is FunctionNode => !!node && /Function/.test(node.type);

function isCalledInPlace(node: Rule.Node): boolean {
  return node.parent?.type === "CallExpression" && node.parent.callee === node;
}

class CallGraph {
  readonly callables: { node: Callable; depth: number }[] = [];
  private readonly calls = new Map<Callable, (ES.SimpleCallExpression | ES.NewExpression)[]>();
  private readonly methods = new Map<string, Callable[]>();
  /** Of merged functions at the root, by name and number. */
  private readonly parts = new Map<string, Callable>();

  constructor(
    private readonly source: SourceCode,
    private readonly isHal: (node: Callable) => boolean,
  ) {
    this.visit(source.ast as unknown as ES.Node, []);
  }

  private visit(node: ES.Node, around: Callable[]): void {
    const number = partNumber(node as Rule.Node);
    const callable = isFunction(node) || number !== undefined ? (node as Callable) : undefined;
    const inner = callable ? [...around, callable] : around;
    if (callable) {
      this.callables.push({ node: callable, depth: around.filter(isFunction).length });
      this.calls.set(callable, []);
    }
    if (number !== undefined) this.namePart(node as ES.IfStatement & Rule.Node, number);
    if (node.type === "CallExpression" || node.type === "NewExpression") {
      const caller = around.at(-1);
      if (caller) this.calls.get(caller)!.push(node as ES.SimpleCallExpression);
    }
    this.nameMethod(node);
    for (const key of this.source.visitorKeys[node.type] ?? []) {
      const child = (node as unknown as { [key: string]: ES.Node | (ES.Node | null)[] | null })[key];
      for (const one of Array.isArray(child) ? child : [child]) if (one) this.visit(one, inner);
    }
  }

  /** Remembers a part of a merged function by what its callers say. */
  private namePart(node: ES.IfStatement & Rule.Node, number: number): void {
    const merged = node.parent.parent as FunctionNode;
    const owner = merged.parent;
    if (owner.type === "MethodDefinition") this.remember(`${(owner.key as ES.Identifier).name}(${number})`, node);
    else if (merged.type === "FunctionDeclaration") this.parts.set(`${merged.id.name}(${number})`, node);
  }

  /** Remembers a function that is a member: of a class, of a literal, or assigned. */
  private nameMethod(node: ES.Node): void {
    if (node.type === "MethodDefinition" || node.type === "Property") this.addMethod(node.key, node.value);
    else if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
      this.addMethod(node.left.property, node.right);
    }
  }

  private addMethod(key: ES.Node, value: ES.Node): void {
    if (key.type !== "Identifier") return;
    const own = isFunction(value) ? [value] : value.type === "Identifier" ? this.named(value) : [];
    this.remember(key.name, ...own);
  }

  private remember(name: string, ...callables: Callable[]): void {
    this.methods.set(name, [...(this.methods.get(name) ?? []), ...callables]);
  }

  /** The functions that a name may stand for. */
  private named(name: ES.Identifier): FunctionNode[] {
    const scope = this.source.getScope(name);
    const variable = scope.references.find(({ identifier }) => identifier === name)?.resolved;
    if (!variable) return [];
    const written = variable.references.map(({ writeExpr }) => writeExpr as ES.Node | null);
    const declared = variable.defs.map(({ node }) => node as ES.Node);
    return [...declared, ...written].flatMap((node) =>
      isFunction(node) ? node : isClass(node) ? constructorOf(node) : [],
    );
  }

  private callees(caller: Callable): Callable[] {
    if (this.isHal(caller)) return [];
    return this.calls.get(caller)!.flatMap(({ callee, arguments: [given] }) => {
      if (isFunction(callee)) return callee;
      const part = given?.type === "Literal" ? `(${String(given.value)})` : "";
      if (callee.type === "Identifier") return this.parts.get(callee.name + part) ?? this.named(callee);
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || callee.computed) return [];
      const { name } = callee.property;
      const members = this.methods.get(name + part) ?? this.methods.get(name) ?? [];
      const owner = classAround(callee as Rule.Node);
      const own = members.filter((member) => owner && classAround(member) === owner);
      // An object does not hold another of its own class.
      if (callee.object.type !== "ThisExpression") return members.filter((member) => !own.includes(member));
      return own.length ? own : members;
    });
  }

  longestChain(): Callable[] {
    const known = new Map<Callable, Callable[]>();
    const chainFrom = (caller: Callable): Callable[] => {
      const found = known.get(caller);
      if (found) return found;
      known.set(caller, []); // a recursion ends here
      const below = longest(this.callees(caller).map(chainFrom));
      const chain = [caller, ...below];
      known.set(caller, chain);
      return chain;
    };
    return longest(this.callables.map(({ node }) => chainFrom(node)));
  }
}

const longest = (chains: Callable[][]) => chains.reduce((best, one) => (one.length > best.length ? one : best), []);

const isClass = (node: ES.Node | null): node is ES.Class => !!node && /^Class(Declaration|Expression)$/.test(node.type);

function constructorOf({ body }: ES.Class): FunctionNode[] {
  return body.body.flatMap((member) =>
    member.type === "MethodDefinition" && member.kind === "constructor" ? (member.value as FunctionNode) : [],
  );
}

function classAround(node: Rule.Node): ES.Class | undefined {
  for (let up: Rule.Node | null = node; up; up = up.parent) if (isClass(up)) return up;
  return undefined;
}
