// SPDX-License-Identifier: Apache-2.0
// What may go wrong in one unit's life, each with a text form that a person can rerun.
import type { Tear } from "../../hal/sim/models/nor-flash.js";
import { TEARS } from "../../hal/sim/models/nor-flash.js";

/**
 * How the unit's life goes where nothing goes wrong: wiped by the runtime, or by its script; found bad; once more under a
 * factory's light when it is shippable; activated by its owner's light.
 */
export const STORIES = ["auto", "script", "bad", "relit", "activated"] as const;
export type Story = (typeof STORIES)[number];

/** What may become of one message, request or answer. */
export const MISHAPS = [
  "refuse",
  "lose-request",
  "lose-answer",
  "reset",
  "cut-short",
  "double",
  "late",
  "corrupt-request",
  "corrupt-answer",
  "power-before",
  "power-after",
  "server-before",
  "server-after",
  "both-before",
  "both-after",
] as const;
export type Mishap = (typeof MISHAPS)[number];

/** The n-th flash operation or message, counted from 1, from the fault before it or from the start. */
export type Fault =
  | { readonly at: "flash"; readonly n: number; readonly how: Tear }
  | { readonly at: "message"; readonly n: number; readonly how: Mishap };

export interface Point {
  readonly story: Story;
  readonly faults: readonly Fault[];
}

/** "auto/flash:12:half+message:3:double"; a story alone is the life without a fault. */
export const formatPoint = ({ story, faults }: Point): string =>
  [story, faults.map(({ at, n, how }) => `${at}:${n}:${how}`).join("+")].filter((part) => part).join("/");

/** @throws Error for what formatPoint does not give */
export function parsePoint(text: string): Point {
  const [story = "", faults = ""] = text.split("/");
  if (!STORIES.includes(story as Story)) throw new Error(`"${text}" begins with none of ${STORIES.join(", ")}`);
  return { story: story as Story, faults: faults ? faults.split("+").map(parseFault) : [] };
}

function parseFault(text: string): Fault {
  const [at, number, how] = text.split(":");
  const n = Number(number);
  if (Number.isInteger(n) && n > 0) {
    if (at === "flash" && TEARS.includes(how as Tear)) return { at, n, how: how as Tear };
    if (at === "message" && MISHAPS.includes(how as Mishap)) return { at, n, how: how as Mishap };
  }
  throw new Error(`"${text}" is no fault: flash:N:${TEARS.join("|")} or message:N:${MISHAPS.join("|")}`);
}

/** How many of each there are in a life without a fault. */
export interface Extent {
  readonly flash: number;
  readonly message: number;
}

/** Every single fault of a story. */
export function singles(story: Story, extent: Extent): Point[] {
  return everyFault(extent).map((fault) => ({ story, faults: [fault] }));
}

export function everyFault(extent: Extent): Fault[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  return [
    ...numbers(extent.flash).flatMap((n) => TEARS.map((how): Fault => ({ at: "flash", n, how }))),
    ...numbers(extent.message).flatMap((n) => MISHAPS.map((how): Fault => ({ at: "message", n, how }))),
  ];
}
