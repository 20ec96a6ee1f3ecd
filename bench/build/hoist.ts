// SPDX-License-Identifier: Apache-2.0
// Moves function declarations and vars to the top of their function, since Espruino hoists nothing.
//
// There a function called above its declaration does not exist, and a `var` whose branch did not run is a global when
// it is written: after minifying, one that two loops share writes an outer variable.
import { parse } from "acorn";
import type { AnyNode, BlockStatement, Function, Program, VariableDeclaration } from "acorn";
import { ancestor } from "acorn-walk";
import MagicString from "magic-string";

interface Scope {
  readonly body: Program | BlockStatement;
  readonly parameters: readonly string[];
  readonly vars: Set<string>;
}

/** Espruino-safe order for a script in ES2015 without destructuring; undefined when it is so already. */
export function hoist(code: string): { code: string; map: ReturnType<MagicString["generateMap"]> } | undefined {
  const text = new MagicString(code);
  const scopes = new Map<AnyNode, Scope>();
  ancestor(parse(code, { ecmaVersion: 2020, sourceType: "script" }), {
    FunctionDeclaration(node, _state, ancestors) {
      const block = ancestors.at(-2)!;
      if (block.type === "Program" || block.type === "BlockStatement") moveUp(text, block, node);
    },
    VariableDeclaration(node, _state, ancestors) {
      const owner = ownerOf(ancestors);
      const parent = ancestors.at(-2)!;
      if (node.kind !== "var" || !owner || isLeading(owner.body, node)) return;
      const scope = scopes.get(owner.body) ?? { ...owner, vars: new Set<string>() };
      scopes.set(owner.body, scope);
      for (const { id } of node.declarations) if (id.type === "Identifier") scope.vars.add(id.name);
      assign(text, node, parent);
    },
  });
  for (const scope of scopes.values()) declare(text, scope);
  return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: true }) } : undefined;
}

/** The function around a node, or the script. */
function ownerOf(ancestors: AnyNode[]): { body: Program | BlockStatement; parameters: string[] } | undefined {
  const around = ancestors.filter(({ type }) => /Function/.test(type)).at(-1) as Function | undefined;
  if (!around) return { body: ancestors[0] as Program, parameters: [] };
  if (around.body.type !== "BlockStatement") return undefined;
  return { body: around.body, parameters: around.params.flatMap((one) => (one.type === "Identifier" ? one.name : [])) };
}

const isDirective = (node: AnyNode) => node.type === "ExpressionStatement" && node.directive !== undefined;
const isFunction = (node: AnyNode) => node.type === "FunctionDeclaration";
const isVar = (node: AnyNode): node is VariableDeclaration =>
  node.type === "VariableDeclaration" && node.kind === "var";

/** The first statement that is neither a directive nor a function. */
const afterFunctions = (body: readonly AnyNode[]) => body.find((node) => !isDirective(node) && !isFunction(node));

/** One of the vars that a function begins with: already where it belongs. */
function isLeading({ body }: Scope["body"], node: VariableDeclaration): boolean {
  const index = (body as AnyNode[]).indexOf(node);
  return index >= 0 && body.slice(0, index).every((one) => isDirective(one) || isFunction(one) || isVar(one));
}

function moveUp(text: MagicString, { body }: Scope["body"], node: AnyNode): void {
  const first = afterFunctions(body);
  if (first && first.start < node.start) text.move(node.start, node.end, first.start);
}

/** Turns a declaration into the assignments that it makes. */
function assign(text: MagicString, node: VariableDeclaration, parent: AnyNode): void {
  const first = node.declarations[0]!;
  const last = node.declarations.at(-1)!;
  const inHead = /^For/.test(parent.type) && (parent as { body?: AnyNode }).body !== node;
  const isTarget = inHead && parent.type !== "ForStatement";
  const kept = node.declarations.filter((one) => isTarget || one.init);
  if (!kept.length) {
    const isStatement = !inHead && parent.type !== "BlockStatement";
    text.overwrite(node.start, node.end, isStatement ? ";" : " ");
    return;
  }
  text.remove(node.start, first.start);
  node.declarations.forEach((one, index) => {
    const next = node.declarations[index + 1];
    if (!kept.includes(one)) text.remove(one.start, next ? next.start : last.end);
    else if (next && !kept.some((later) => later.start > one.start)) text.remove(one.end, last.end);
  });
}

/** Before all else, so that moved functions and the code see them. */
function declare(text: MagicString, { body, parameters, vars }: Scope): void {
  const names = [...vars].filter((name) => !parameters.includes(name) && !leadingNames(body).includes(name));
  const first = body.body.find((node) => !isDirective(node));
  // Before a comment that is the first statement's.
  const at = body.type === "Program" && first === body.body[0] ? body.start : first?.start;
  if (names.length && at !== undefined) text.prependLeft(at, `var ${names.join(",")};`);
}

function leadingNames(scope: Scope["body"]): string[] {
  return (scope.body as AnyNode[])
    .filter((node): node is VariableDeclaration => isVar(node) && isLeading(scope, node))
    .flatMap(({ declarations }) => declarations.flatMap(({ id }) => (id.type === "Identifier" ? id.name : [])));
}
