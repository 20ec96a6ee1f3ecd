// SPDX-License-Identifier: Apache-2.0
// A tick at an even pace. No drift: the next is due a period after the last was, however late that ran.

/**
 * A hardware timer that interrupts JavaScript between statements; before 2v29 there is none and setInterval serves. While a tick
 * runs no other does: it must be short and call nobody. Returns what stops it.
 */
export function startTicks(tick: () => void, periodMs: number): () => void {
  let timer: EspruinoModules["timer"] | undefined;
  try {
    timer = require("timer");
  } catch (error) {
    timer = undefined;
  }
  if (timer) {
    const tasks = timer;
    const task = tasks.add({ type: "EXEC", fn: tick, time: periodMs, interval: periodMs });
    return () => tasks.remove(task);
  }
  const interval = setInterval(tick, periodMs);
  return () => clearInterval(interval);
}
