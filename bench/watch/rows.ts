// SPDX-License-Identifier: Apache-2.0
// No two functions have the same text in the same line, counted from where each begins: by line and text a place can be told.
//
// Where two would, line breaks come before the later one's text, behind a semicolon: blanks that come first are not counted.
import { parse } from "acorn";
import type { Function, Node } from "acorn";
import { full } from "acorn-walk";
import MagicString from "magic-string";

/** A function's text as Espruino keeps it. */
export interface Body {
  readonly start: number;
  readonly end: number;
  /** Where its own statements begin: functions in it stand first. */
  readonly own: number;
  /** The same, with a "return" that comes first. */
  readonly first: number;
  readonly isBlock: boolean;
}

/** The innermost first. */
export function bodiesOf(code: string): Body[] {
  const bodies: Body[] = [];
  full(parse(code, { ecmaVersion: 2020, sourceType: "script" }), (node: Node) => {
    if (/Function/.test(node.type)) bodies.push(bodyOf(code, node as Function));
  });
  return bodies.sort((a, b) => a.end - a.start - (b.end - b.start));
}

/** Behind the brace and blanks, and behind a "return" that comes first. */
function bodyOf(code: string, { body }: Function): Body {
  const isBlock = body.type === "BlockStatement";
  const [from, end] = isBlock ? [body.start + 1, body.end - 1] : [body.start, body.end];
  const [lead = ""] = /^\s*(return\b\s*)?/.exec(code.slice(from, end)) ?? [];
  const start = from + lead.length;
  const first = isBlock ? body.body.find(({ type }) => type !== "FunctionDeclaration") : undefined;
  return { start, end, own: Math.max(start, first?.start ?? start), first: first?.start ?? start, isBlock };
}

/** The code with its functions told apart, or undefined when they were. */
export function tellApart(code: string): { code: string; map: ReturnType<MagicString["generateMap"]> } | undefined {
  const text = new MagicString(code);
  const taken = new Set<string>();
  for (const { start, end, own, first, isBlock } of bodiesOf(code)) {
    const before = own > start ? text.slice(start, own).split("\n").length - 1 : 0;
    const rows = (shift: number) => {
      const lines = text.slice(shift ? first : own, end).split("\n");
      return lines.map((line, row) => `${before + row + shift} ${line}`);
    };
    let shift = 0;
    if (isBlock) while (rows(shift).some((row) => taken.has(row))) shift++;
    for (const row of rows(shift)) taken.add(row);
    if (shift) text.appendLeft(first, (own > start ? "" : ";") + "\n".repeat(shift));
  }
  return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: true }) } : undefined;
}
