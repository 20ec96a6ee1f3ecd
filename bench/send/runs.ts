// SPDX-License-Identifier: Apache-2.0
// Two-level light as runs: how long it is lit, how long dark.
import type { Show } from "./show.js";

export interface Run {
  readonly lit: boolean;
  /** Symbols or unit intervals. */
  readonly length: number;
}

export function runsOf({ drives }: Show): Run[] {
  const runs: { lit: boolean; length: number }[] = [];
  for (const drive of drives) {
    const lit = drive > 0.5;
    const last = runs.at(-1);
    if (last?.lit === lit) last.length++;
    else runs.push({ lit, length: 1 });
  }
  return runs;
}

/** Microseconds, lit ones above zero, dark ones below, between `darkUs` of darkness; no run adds its rounding to the next. */
export function runsUs(show: Show, darkUs: number): number[] {
  const usAt = (symbol: number) => Math.round((symbol * 1e6) / show.rateHz);
  const signed = [-darkUs];
  const add = (us: number) => {
    const last = signed.length - 1;
    if (us > 0 === signed[last]! > 0) signed[last]! += us;
    else signed.push(us);
  };
  let symbol = 0;
  for (const { lit, length } of runsOf(show)) {
    const us = usAt(symbol + length) - usAt(symbol);
    symbol += length;
    add(lit ? us : -us);
  }
  add(-darkUs);
  return signed;
}
