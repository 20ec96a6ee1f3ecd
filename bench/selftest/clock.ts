// SPDX-License-Identifier: Apache-2.0
// The board's clock against this machine's: the one phase that only a bench can run.
import { setTimeout as sleep } from "node:timers/promises";
import type { BoardConsole } from "../board/board-console.js";
import { measurementsOf } from "../build/phases.js";
import type { PhaseResult, Value } from "./results.js";
import { judge, outcomeOf } from "./results.js";

const READINGS = 8;
const APART_MS = 3000;
const LOOK_MS = 50;

interface Reading {
  readonly boardMs: number;
  /** In the middle between question and answer. */
  readonly hostMs: number;
  readonly answerMs: number;
}

/** `nowMs` is this machine's clock, or what a virtual board takes for it. @throws UserError of BoardConsole */
export async function clockPhase(board: BoardConsole, nowMs: () => number): Promise<PhaseResult> {
  const first = await readClock(board, nowMs);
  while (nowMs() - first.hostMs < APART_MS) await sleep(LOOK_MS);
  const last = await readClock(board, nowMs);
  const rate = (last.boardMs - first.boardMs) / (last.hostMs - first.hostMs);
  const values = measurementsOf("clock").map((limit): Value => {
    const value = limit.name === "rate error" ? (rate - 1) * 100 : Math.min(first.answerMs, last.answerMs);
    return judge(limit.name, value, limit);
  });
  const outcome = outcomeOf(values);
  return { name: "clock", outcome, attempts: [{ outcome, lines: [], values }] };
}

/** The one that was answered the fastest is the best. */
async function readClock(board: BoardConsole, nowMs: () => number): Promise<Reading> {
  let best: Reading | undefined;
  for (let n = 0; n < READINGS; n++) {
    const askedMs = nowMs();
    const boardMs = Number(await board.evaluate("getTime()*1000"));
    const answerMs = nowMs() - askedMs;
    if (!best || answerMs < best.answerMs) best = { boardMs, hostMs: askedMs + answerMs / 2, answerMs };
  }
  return best as Reading;
}
