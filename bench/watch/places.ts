// SPDX-License-Identifier: Apache-2.0
// Where in the source an error came from, as far as the board can tell.
//
// Espruino counts lines and columns from where the text of the function begins that it was in: behind the brace and blanks, and behind a
// "return" that comes first. It does not say which function, only how it was called; but it shows the line's text. So a place is wherever
// a function has that text in that line.
import { parse } from "acorn";
import type { Function, Node } from "acorn";
import { full } from "acorn-walk";
import type { Program } from "./programs.js";

interface Frame {
  readonly line: number;
  readonly column: number;
  /** Of the line, as the board shows it. */
  readonly text: string;
}

const FRAME = /^ +at (?:.*\()?:(\d+):(\d+)\)?$/;
/** A virtual board's, whose places are in the whole program. */
const EMULATED = /<anonymous>:(\d+):(\d+)\)*$/;

/** Innermost first, as "file:line"; frames that are not of the program are left out. */
export function placesOf(stack: string, program: Program): string[] {
  const lines = stack.split("\n");
  const emulated = lines.flatMap((line) => {
    const [, at, column] = EMULATED.exec(line) ?? [];
    return at === undefined ? [] : [program.locate(Number(at), Number(column) - 1)];
  });
  const bodies = bodiesOf(program.code);
  const told = lines.flatMap((line, i) => {
    const [, at, column] = FRAME.exec(line) ?? [];
    if (at === undefined) return [];
    return placeOf({ line: Number(at), column: Number(column), text: lines[i + 1] ?? "" }, bodies, program) ?? [];
  });
  return [...emulated, ...told].filter((place) => !/^script:/.test(place));
}

function placeOf(frame: Frame, bodies: readonly Body[], { code, locate }: Program): string | undefined {
  for (const { start, text } of bodies) {
    const lines = text.split("\n");
    const line = lines[frame.line - 1];
    if (line === undefined || !line.startsWith(frame.text.trimEnd()) || !frame.text) continue;
    const lineStart = start + lines.slice(0, frame.line - 1).join("\n").length + (frame.line > 1 ? 1 : 0);
    const before = code.slice(0, lineStart + frame.column - 1).split("\n");
    return locate(before.length, (before.at(-1) as string).length);
  }
  return undefined;
}

interface Body {
  readonly start: number;
  readonly text: string;
}

/** Of all functions, the innermost first: a text that is in a function is in those around it too, but in other lines. */
function bodiesOf(code: string): Body[] {
  const bodies: Body[] = [];
  full(parse(code, { ecmaVersion: 2020, sourceType: "script" }), (node: Node) => {
    if (!/Function/.test(node.type)) return;
    const { body } = node as Function;
    const isBlock = body.type === "BlockStatement";
    bodies.push(bodyOf(code, isBlock ? body.start + 1 : body.start, isBlock ? body.end - 1 : body.end));
  });
  const byLength = bodies.sort((a, b) => a.text.length - b.text.length);
  return [...byLength, { start: 0, text: code }];
}

function bodyOf(code: string, from: number, end: number): Body {
  const [lead = ""] = /^\s*(return\b\s*)?/.exec(code.slice(from, end)) ?? [];
  return { start: from + lead.length, text: code.slice(from + lead.length, end) };
}
