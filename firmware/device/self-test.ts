// SPDX-License-Identifier: Apache-2.0
// Runs a product's phases in order and keeps every measurement of every attempt.
import type { NetworkBoard } from "../../hal/board.js";
import { PhaseOutcome } from "../core/protocol/codes.js";
import { ResultsWriter } from "../core/protocol/results.js";

const DEFAULT_TIMEOUT_MS = 10000;

/** What a phase gets. A phase ends with done() or fail(); measurements outside their limits fail it. */
export interface Test {
  measure(name: string, value: number): void;
  done(): void;
  fail(reason: string): void;
}

/** One step of the self-test. Limits and units stand in product.json, where the server judges them too. */
export interface Phase {
  readonly name: string;
  /** 10 s unless said. */
  readonly timeoutMs?: number;
  /** Attempts after the first; every attempt is kept. None unless said. */
  readonly retries?: number;
  run(test: Test): void;
  /** Runs after each attempt, however it ended. */
  teardown?(): void;
}

export interface Limit {
  readonly phase: string;
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
}

export class SelfTest {
  readonly results: ResultsWriter;
  _board: NetworkBoard;
  _limits: readonly Limit[];
  _log: (line: string) => void;
  _phases: readonly Phase[];
  _at: number;
  _attempt: number;
  _outcome: PhaseOutcome;
  _timer: number;
  _passed: boolean;
  _finished: ((passed: boolean) => void) | undefined;

  constructor(board: NetworkBoard, limits: readonly Limit[], log: (line: string) => void) {
    this.results = new ResultsWriter();
    this._board = board;
    this._limits = limits;
    this._log = log;
    this._phases = [];
    this._at = 0;
    this._attempt = 0;
    this._outcome = PhaseOutcome.Pass;
    this._timer = 0;
    this._passed = true;
    this._finished = undefined;
  }

  /** A failed phase does not stop the ones after it: the record says all that is wrong with the unit. */
  run(phases: readonly Phase[], finished: (passed: boolean) => void): void {
    this._phases = phases;
    this._finished = finished;
    this._passed = true;
    this._at = -1;
    this._nextPhase();
  }

  _nextPhase(): void {
    this._attempt = 0;
    if (++this._at < this._phases.length) this._board.timers.after(0, () => this._attemptPhase());
    else if (this._finished) this._finished(this._passed);
  }

  _attemptPhase(): void {
    const phase = this._phases[this._at] as Phase;
    const attempt = ++this._attempt;
    const at = this._at;
    let open = true;
    const end = (outcome: PhaseOutcome, reason: string) => {
      if (!open) return;
      open = false;
      this._board.timers.cancel(this._timer);
      if (reason) this._log(phase.name + ": " + reason);
      this._endAttempt(phase, outcome);
    };
    this._outcome = PhaseOutcome.Pass;
    this._timer = this._board.timers.after(phase.timeoutMs || DEFAULT_TIMEOUT_MS, () =>
      end(PhaseOutcome.Timeout, "no end within its time"),
    );
    try {
      phase.run({
        measure: (name, value) => {
          if (open && at === this._at && attempt === this._attempt) this._measure(phase, name, value);
        },
        done: () => end(this._outcome, ""),
        fail: (reason) => end(PhaseOutcome.Fail, reason),
      });
    } catch (error) {
      end(PhaseOutcome.Error, "" + error);
    }
  }

  _measure(phase: Phase, name: string, value: number): void {
    this.results.measurement(name, value);
    for (let i = 0; i < this._limits.length; i++) {
      const limit = this._limits[i] as Limit;
      if (limit.phase !== phase.name || limit.name !== name) continue;
      const low = limit.min === undefined || value >= limit.min;
      const high = limit.max === undefined || value <= limit.max;
      if (!low || !high) this._outcome = PhaseOutcome.Fail;
    }
  }

  _endAttempt(phase: Phase, outcome: PhaseOutcome): void {
    if (phase.teardown) phase.teardown();
    this.results.phase(phase.name, outcome, this._attempt);
    if (outcome && this._attempt <= (phase.retries || 0)) {
      this._board.timers.after(0, () => this._attemptPhase());
      return;
    }
    if (outcome) this._passed = false;
    this._nextPhase();
  }
}
