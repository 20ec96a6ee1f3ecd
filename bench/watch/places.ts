// SPDX-License-Identifier: Apache-2.0
// Where in the source an error came from, as far as the board can tell.
//
// Espruino counts lines and columns from where the text of the function begins that it was in: behind the brace and blanks, and behind a
// "return" that comes first. It does not say which function, only how it was called; but it shows the line's text, and the build has seen
// to it that one function alone has that text in that line.
import type { Program } from "../build/program.js";
import { bodiesOf } from "./rows.js";

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
  const told = lines.flatMap((line, i) => {
    const [, at, column] = FRAME.exec(line) ?? [];
    if (at === undefined) return [];
    return placeOf({ line: Number(at), column: Number(column), text: (lines[i + 1] ?? "").trimEnd() }, program) ?? [];
  });
  return [...emulated, ...told].filter((place) => !/^program:/.test(place));
}

function placeOf(frame: Frame, { code, locate }: Program): string | undefined {
  for (const { start, end, own } of [...bodiesOf(code), { start: 0, end: code.length, own: 0 }]) {
    const lines = code.slice(start, end).split("\n");
    const line = lines[frame.line - 1];
    if (!frame.text || !line?.startsWith(frame.text)) continue;
    const lineStart = start + lines.slice(0, frame.line - 1).reduce((sum, { length }) => sum + length + 1, 0);
    if (lineStart < own) continue;
    const before = code.slice(0, lineStart + frame.column - 1).split("\n");
    return locate(before.length, (before.at(-1) as string).length);
  }
  return undefined;
}
