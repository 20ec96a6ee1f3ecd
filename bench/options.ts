// SPDX-License-Identifier: Apache-2.0
// Numbers on the command line: in range, or one sentence.
import { InvalidArgumentError } from "commander";

export function wholeNumber(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${name} takes a whole number from ${least} to ${most}.`);
  };
}

export function share(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= 0 && value <= 1) return value;
    throw new InvalidArgumentError(`${name} takes a number from 0 to 1.`);
  };
}

export function byteOffset(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^([0-9]+|0x[0-9a-f]+)$/i.test(text) && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(`${name} takes a number of bytes, such as 4096 or 0x1000.`);
  };
}

/** Milliseconds since 1970. */
export function moment(name: string): (text: string) => number {
  return (text) => {
    const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(ms)) return ms;
    throw new InvalidArgumentError(`${name} takes a time, such as 2026-01-31 or 2026-01-31T08:00Z.`);
  };
}
