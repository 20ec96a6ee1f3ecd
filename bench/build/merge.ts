// SPDX-License-Identifier: Apache-2.0
// Makes one function of several: RAM on a board goes by function, whatever its length (ADR 0006).
//
// Of a class's methods, and of the functions at the root, those that the build marked become one function whose first parameter
// says which is meant: callers give a number for a name. So only what is called and nothing else can go, and of methods only
// names that nobody else's object has.
import type { Rule, Scope } from "eslint";
import { Linter } from "eslint";
import type { SourceCode } from "eslint";
import type * as ES from "estree";
import MagicString from "magic-string";

/** Stands before a function that may be merged; Terser keeps it. */
export const MERGE_MARK = "@merge";
/** The same of a method whose name is no one else's. */
export const MERGE_OWN_MARK = "@merge-own";

/** Of functions at the root, in one: a call skips the bodies before its own. */
const MOST_CHARS = 3000;
const FEWEST = 2;
/** The number included. */
const MOST_PARAMETERS = 8;

type Node = Rule.Node;
type FunctionNode = ES.Function & Node;
type Method = ES.MethodDefinition & Node;

interface Edited {
  readonly code: string;
  readonly map: ReturnType<MagicString["generateMap"]>;
}

/** A function that goes into a merged one. */
interface Part {
  readonly name: string;
  /** With its name and its parameters. */
  readonly whole: readonly [number, number];
  readonly node: FunctionNode;
}

/** A minified bundle at root scope, in Espruino's order. `reserved`: names that objects of others may have. */
export function merge(code: string, reserved: ReadonlySet<string>): Edited {
  const source = parse(code);
  const text = new MagicString(code);
  new Merger(source, text, reserved).run();
  for (const { range } of source.getAllComments()) text.remove(...range!);
  return { code: text.toString(), map: text.generateMap({ hires: true }) };
}

/** Of a part of a merged function: how its callers name it; undefined for any other node. */
export function partNumber(node: Node): number | undefined {
  const merged = (node.parent as Node | null)?.parent as FunctionNode | null | undefined;
  if (node.type !== "IfStatement" || !merged || !/Function/.test(merged.type)) return undefined;
  if (merged.body !== node.parent || merged.body.type !== "BlockStatement") return undefined;
  const [which] = merged.params;
  const numbers = merged.body.body.map((statement) => {
    const test = statement.type === "IfStatement" ? statement.test : undefined;
    if (test?.type !== "BinaryExpression" || test.operator !== "==" || test.right.type !== "Literal") return undefined;
    const isWhich = test.left.type === "Identifier" && which?.type === "Identifier" && test.left.name === which.name;
    return isWhich ? Number(test.right.value) : undefined;
  });
  return numbers.includes(undefined) ? undefined : numbers[merged.body.body.indexOf(node as ES.Statement)];
}

function parse(code: string): SourceCode {
  const linter = new Linter({ configType: "flat" });
  const [fault] = linter.verify(code, { languageOptions: { ecmaVersion: 2022, sourceType: "script" } });
  if (fault) throw new Error(`cannot merge: ${fault.message}`);
  return linter.getSourceCode();
}

class Merger {
  /** By where what they mark begins. */
  private readonly marks: Map<number, string>;
  private readonly taken: Set<string>;
  /** Of the first parameter, which is the number, and of the others. */
  private readonly parameters: string[];
  /** Of the method that stands for others, in every class. */
  private readonly method: string;
  /** By member name: where one is defined, or asked for. */
  private readonly uses = new Map<string, Node[]>();
  private readonly classes: (ES.Class & Node)[] = [];
  /** By method name: the number that callers give. */
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly source: SourceCode,
    private readonly text: MagicString,
    private readonly reserved: ReadonlySet<string>,
  ) {
    this.marks = new Map(source.getAllComments().map(({ range, value }) => [range![1], value]));
    this.taken = new Set(source.text.match(/[$\w]+/g));
    this.parameters = Array.from({ length: MOST_PARAMETERS }, () => this.newName());
    this.method = this.newName();
  }

  private newName(): string {
    let n = 0;
    while (this.taken.has(`_${n}`)) n++;
    this.taken.add(`_${n}`);
    return `_${n}`;
  }

  run(): void {
    this.visit(this.source.ast as unknown as Node);
    this.mergeMethods();
    this.mergeFunctions();
  }

  private visit(node: Node): void {
    const name = memberName(node);
    if (name !== undefined) this.uses.set(name, [...(this.uses.get(name) ?? []), node]);
    if (node.type === "ClassDeclaration" || node.type === "ClassExpression") this.classes.push(node);
    for (const key of this.source.visitorKeys[node.type] ?? []) {
      const child = (node as unknown as { [key: string]: Node | (Node | null)[] | null })[key];
      for (const one of Array.isArray(child) ? child : [child]) if (one) this.visit(one);
    }
  }

  private mergeMethods(): void {
    let names = new Set([...this.uses.keys()].filter((name) => this.isMergeable(name)));
    const ofClass = ({ body }: ES.Class) => (body.body as Method[]).filter((method) => names.has(memberName(method)!));
    // One alone would only get a parameter more.
    for (let before = 0; before !== names.size;) {
      before = names.size;
      const lonely = this.classes.map(ofClass).filter(({ length }) => length < FEWEST);
      names = new Set([...names].filter((name) => !lonely.some(([method]) => method && memberName(method) === name)));
    }
    for (const name of names) this.numbers.set(name, this.numbers.size);
    for (const one of this.classes) this.mergeClass(ofClass(one));
    for (const name of names)
      for (const use of this.uses.get(name)!) if (use.type === "MemberExpression") this.callByNumber(use, name);
  }

  private isMergeable(name: string): boolean {
    const uses = this.uses.get(name)!;
    const marks = uses.map(({ range }) => this.marks.get(range![0]));
    if (!marks.includes(MERGE_OWN_MARK) && (this.reserved.has(name) || !marks.includes(MERGE_MARK))) return false;
    return uses.every((use) => {
      if (use.type === "MemberExpression") return isCalled(use) && !use.computed;
      if (use.type !== "MethodDefinition" || use.kind !== "method" || use.static) return false;
      return this.isPart(use, use.value as FunctionNode) && !this.isInherited(use.parent.parent as ES.Class & Node);
    });
  }

  /** A class's merged method would hide that of the class it comes from. */
  private isInherited(owner: ES.Class & Node): boolean {
    const isParent = ({ superClass }: ES.Class) =>
      superClass?.type === "Identifier" && superClass.name === owner.id?.name;
    return !!owner.superClass || this.classes.some(isParent);
  }

  /** It is marked, and does the same under another name with its parameters called otherwise. */
  private isPart(whole: Node, node: FunctionNode): boolean {
    const { params, body } = node;
    return (
      this.marks.has(whole.range![0]) &&
      params.length < MOST_PARAMETERS &&
      params.every((param) => param.type === "Identifier") &&
      !(body as ES.BlockStatement).body.some((statement) => "directive" in statement && statement.directive) &&
      !/\barguments\b/.test(this.source.getText(body as never))
    );
  }

  private mergeClass(methods: Method[]): void {
    if (!methods.length) return;
    const parts = methods.map((method) => ({
      name: memberName(method)!,
      whole: method.range!,
      node: method.value as FunctionNode,
    }));
    this.mergeParts(this.method, parts, (part) => this.numbers.get(part.name)!);
  }

  private callByNumber(use: ES.MemberExpression & Node, name: string): void {
    this.overwrite(use.property as Node, this.method);
    this.pass(use, this.numbers.get(name)!);
  }

  /** Gives a call its first argument. */
  private pass(callee: Node, number: number): void {
    const call = callee.parent as ES.SimpleCallExpression & Node;
    const open = this.source.getTokenAfter(callee as never)!.range[1];
    this.text.appendLeft(open, call.arguments.length ? `${number},` : `${number}`);
  }

  private mergeFunctions(): void {
    const parts = (this.source.ast.body as Node[]).flatMap((node): Part[] => {
      if (node.type !== "FunctionDeclaration" || !this.isPart(node, node as FunctionNode)) return [];
      const { name } = node.id;
      return this.callsOf(name) ? [{ name, whole: node.range!, node: node as FunctionNode }] : [];
    });
    for (const group of groupsOf(parts)) {
      if (group.length < FEWEST) continue;
      const merged = this.newName();
      this.mergeParts(`function ${merged}`, group, (part) => group.indexOf(part));
      for (const part of group)
        for (const callee of this.callsOf(part.name)!) {
          this.overwrite(callee, merged);
          this.pass(callee, group.indexOf(part));
        }
    }
  }

  /** Where a function at the root is called; undefined when it is used in another way. */
  private callsOf(name: string): Node[] | undefined {
    const variable = this.source.scopeManager!.globalScope!.set.get(name)!;
    const uses = variable.references.map(({ identifier }) => identifier as unknown as Node);
    return variable.defs.length === 1 && uses.every(isCalled) ? uses : undefined;
  }

  /** The shortest first: what is called often is short, and whoever is called skips those before it. */
  private mergeParts(head: string, parts: readonly Part[], numberOf: (part: Part) => number): void {
    const sorted = bySize(parts);
    const names = this.parameters.slice(0, 1 + Math.max(...parts.map(({ node }) => node.params.length)));
    sorted.forEach((part, index) => {
      const { whole, node } = part;
      const [start, end] = (node.body as ES.BlockStatement).range!;
      const opening = index ? "" : `${head}(${names.join(",")}){`;
      this.text.overwrite(whole[0], start, `${opening}if(${names[0]!}==${numberOf(part)})`);
      this.rename(node, names);
      // In a branch a var would be a global until its line has run.
      for (const { type, range, kind } of (node.body as ES.BlockStatement).body as (ES.VariableDeclaration & Node)[])
        if (type === "VariableDeclaration" && kind === "var") this.text.overwrite(range![0], range![0] + 3, "let");
      const closing = index < sorted.length - 1 ? "" : "}";
      this.text.overwrite(end - 1, end, `${endsByReturn(node) ? "" : ";return"}}${closing}`);
      if (index) this.text.move(whole[0], end, sorted[0]!.whole[1]);
    });
  }

  private overwrite(node: Node, by: string): void {
    this.text.overwrite(node.range![0], node.range![1], by);
  }

  private rename(node: FunctionNode, names: readonly string[]): void {
    // The function's own name is among them, which a parameter may have too.
    const declared = this.source.scopeManager!.getDeclaredVariables(node as never) as Scope.Variable[];
    const variables = declared.filter(({ defs }) => defs.some(({ type }) => type === "Parameter"));
    node.params.forEach((param, index) => {
      const { name } = param as ES.Identifier;
      const variable = variables.find((one) => one.name === name)!;
      for (const { identifier } of variable.references) {
        const at = identifier as unknown as Node;
        const { parent } = at;
        const given = names[index + 1]!;
        this.overwrite(at, parent?.type === "Property" && parent.shorthand ? `${name}:${given}` : given);
      }
    });
  }
}

function groupsOf(parts: readonly Part[]): Part[][] {
  const groups: Part[][] = [];
  let chars = Infinity;
  for (const part of bySize(parts)) {
    if ((chars += sizeOf(part)) > MOST_CHARS) {
      groups.push([]);
      chars = sizeOf(part);
    }
    groups.at(-1)!.push(part);
  }
  return groups;
}

const bySize = (parts: readonly Part[]): Part[] => [...parts].sort((a, b) => sizeOf(a) - sizeOf(b));

const sizeOf = ({ whole: [start, end] }: Part): number => end - start;

function isCalled(node: Node): boolean {
  const call = node.parent as Node | null;
  if (call?.type !== "CallExpression" || call.callee !== node || call.optional) return false;
  return call.arguments.every(({ type }) => type !== "SpreadElement");
}

const endsByReturn = ({ body }: FunctionNode): boolean =>
  (body as ES.BlockStatement).body.at(-1)?.type === "ReturnStatement";

/** Of what has a member of that name, or asks for it. */
function memberName(node: Node): string | undefined {
  let key: ES.Node;
  if (node.type === "MemberExpression") key = node.property;
  else if (node.type === "MethodDefinition" || node.type === "Property" || node.type === "PropertyDefinition")
    key = node.key;
  else return undefined;
  if (key.type === "Identifier") return node.computed ? undefined : key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}
