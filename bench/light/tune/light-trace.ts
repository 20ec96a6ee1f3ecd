// SPDX-License-Identifier: Apache-2.0
// Samples as a picture's columns: the least and the greatest of each.
import { rounded } from "./rounded.js";

export interface Trace {
  readonly fromS: number;
  readonly toS: number;
  /** Of every stretch of equal length. */
  readonly least: readonly number[];
  readonly greatest: readonly number[];
}

const COLUMNS = 900;

export function lightTrace(samples: Uint8Array, sampleHz: number, fromS: number, toS: number): Trace {
  const [from, to] = [Math.floor(fromS * sampleHz), Math.floor(toS * sampleHz)];
  const columns = Math.min(COLUMNS, to - from);
  const least: number[] = [];
  const greatest: number[] = [];
  for (let column = 0; column < columns; column++) {
    const part = samples.subarray(
      from + Math.floor((column * (to - from)) / columns),
      from + Math.floor(((column + 1) * (to - from)) / columns),
    );
    least.push(part.reduce((a, b) => Math.min(a, b), 255));
    greatest.push(part.reduce((a, b) => Math.max(a, b), 0));
  }
  return { fromS: rounded(from / sampleHz, 4), toS: rounded(to / sampleHz, 4), least, greatest };
}
