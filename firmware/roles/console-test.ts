// SPDX-License-Identifier: Apache-2.0
// A self-test that a console drives: one phase at a time, and a line for everything that becomes of it.
//
//   #t ["m",name,value]                       a measurement
//   #t ["l",text]                             what a phase says, or why it did not pass
//   #t ["p",name,outcome,attempt,count]       the end of an attempt, after so many measurements
//   #t ["d",passed]                           the end of the phase
import type { ScriptBoard } from "../../hal/board.js";
import type { Globals } from "../api/globals.js";
import { makeHardware } from "../api/hardware.js";
import type { ResultSink } from "../core/protocol/results.js";
import type { Limit, Phase } from "../device/self-test.js";
import { DEFAULT_TIMEOUT_MS, SelfTest } from "../device/self-test.js";

export class ConsoleTest implements ResultSink {
  /** Set by what is loaded. */
  phases: readonly Phase[];
  limits: readonly Limit[];
  _board: ScriptBoard;
  _measured: number;
  _test: SelfTest | undefined;

  constructor(board: ScriptBoard) {
    this.phases = [];
    this.limits = [];
    this._board = board;
    this._measured = 0;
    this._test = undefined;
    board.system.onUncaught((what) => {
      if (!this._test || !this._test.crash(what)) this.log(what);
    });
  }

  /** JSON: what whoever drives has to know before. */
  list(): string {
    return JSON.stringify(
      this.phases.map((phase) => ({
        name: phase.name,
        timeoutMs: phase.timeoutMs || DEFAULT_TIMEOUT_MS,
        retries: phase.retries || 0,
        after: phase.after || [],
      })),
    );
  }

  /** Returns at once; lines tell the rest. */
  run(at: number): void {
    this._measured = 0;
    this._test = new SelfTest(this._board.timers, this, this.limits, (line) => this.log(line));
    this._test.run([this.phases[at] as Phase], (passed) => this._say(["d", passed]));
  }

  /** Whoever drives gave the phase up: what it can put back it does. */
  stop(): void {
    if (this._test) this._test.crash("stopped");
  }

  log(text: string): void {
    this._say(["l", text]);
  }

  measurement(name: string, value: number): void {
    this._measured++;
    this._say(["m", name, value]);
  }

  phase(name: string, outcome: number, attempt: number): void {
    this._say(["p", name, outcome, attempt, this._measured]);
    this._measured = 0;
  }

  _say(item: readonly unknown[]): void {
    this._board.system.print("#t " + JSON.stringify(item));
  }
}

/** What a product's phases see, and the test itself under a name of its own. */
export function openConsoleTest(board: ScriptBoard): Globals {
  const test = new ConsoleTest(board);
  const timers = board.timers;
  const log = (message: unknown) => test.log("" + message);
  return {
    hardware: makeHardware(board, board.system.deviceId),
    imp: {
      wakeup: (seconds: number, callback: () => void) => timers.after(seconds * 1000, callback),
      cancelwakeup: (timer: number) => timers.cancel(timer),
    },
    server: { log, error: log },
    __selftest: test,
  };
}
