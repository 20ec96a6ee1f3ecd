// SPDX-License-Identifier: Apache-2.0
// Counts what a stage costs: its functions by scope depth, and how deep its own calls nest.
//
// On a board RAM goes by function, more the deeper its scope, and the stack by nested call; both are counted over the
// finished bundle as a stand-in for the board.
import type { Rule, SourceCode } from "eslint";
import type * as ES from "estree";
import type { Locate } from "./espruino-check.js";

const HAL = /(^|\/)hal\/espruino\//;

type FunctionNode = ES.Function & Rule.Node;

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
  const placeOf = ({ loc }: FunctionNode) => locate(loc!.start.line, loc!.start.column);
  const graph = new CallGraph(source, (node) => HAL.test(placeOf(node)));
  for (const { node, depth } of graph.functions) {
    if (!isCalledInPlace(node)) functions[depth] = (functions[depth] ?? 0) + 1;
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
  readonly functions: { node: FunctionNode; depth: number }[] = [];
  private readonly calls = new Map<FunctionNode, (ES.SimpleCallExpression | ES.NewExpression)[]>();
  private readonly methods = new Map<string, FunctionNode[]>();

  constructor(
    private readonly source: SourceCode,
    private readonly isHal: (node: FunctionNode) => boolean,
  ) {
    this.visit(source.ast as unknown as ES.Node, []);
  }

  private visit(node: ES.Node, around: FunctionNode[]): void {
    const inner = isFunction(node) ? [...around, node] : around;
    if (isFunction(node)) {
      this.functions.push({ node, depth: around.length });
      this.calls.set(node, []);
    }
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
    this.methods.set(key.name, [...(this.methods.get(key.name) ?? []), ...own]);
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

  private callees(caller: FunctionNode): FunctionNode[] {
    if (this.isHal(caller)) return [];
    return this.calls.get(caller)!.flatMap(({ callee }) => {
      if (isFunction(callee)) return callee;
      if (callee.type === "Identifier") return this.named(callee);
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || callee.computed) return [];
      const members = this.methods.get(callee.property.name) ?? [];
      const owner = classAround(callee as Rule.Node);
      const own = members.filter((member) => owner && classAround(member) === owner);
      // An object does not hold another of its own class.
      if (callee.object.type !== "ThisExpression") return members.filter((member) => !own.includes(member));
      return own.length ? own : members;
    });
  }

  longestChain(): FunctionNode[] {
    const known = new Map<FunctionNode, FunctionNode[]>();
    const chainFrom = (caller: FunctionNode): FunctionNode[] => {
      const found = known.get(caller);
      if (found) return found;
      known.set(caller, []); // a recursion ends here
      const below = longest(this.callees(caller).map(chainFrom));
      const chain = [caller, ...below];
      known.set(caller, chain);
      return chain;
    };
    return longest(this.functions.map(({ node }) => chainFrom(node)));
  }
}

const longest = (chains: FunctionNode[][]) => chains.reduce((best, one) => (one.length > best.length ? one : best), []);

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
