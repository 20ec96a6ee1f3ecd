// SPDX-License-Identifier: Apache-2.0
// Runs phases in order and tells every measurement of every attempt.
import type { Timers } from "../../hal/timers.js";
import { PhaseOutcome } from "../core/protocol/codes.js";
import type { ResultSink } from "../core/protocol/results.js";

export const DEFAULT_TIMEOUT_MS = 10000;

/** What a phase gets. A phase ends with done(), fail() or absent(); measurements outside their limits fail it. */
export interface Test {
  measure(name: string, value: number): void;
  done(): void;
  fail(reason: string): void;
  /** There is nothing here to test: neither passed nor tried again. */
  absent(what: string): void;
}

/** One step of a self-test. Limits and units stand elsewhere: in product.json, where the server judges by them too. */
export interface Phase {
  readonly name: string;
  /** 10 s unless said. */
  readonly timeoutMs?: number;
  /** Attempts after the first; every attempt is kept. None unless said. */
  readonly retries?: number;
  /** Phases before this one without which it tells nothing: it is skipped when one of them did not pass. */
  readonly after?: readonly string[];
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
  /** Run before those that it is given. */
  first: readonly Phase[];
  _timers: Timers;
  _results: ResultSink;
  _limits: readonly Limit[];
  _log: (line: string) => void;
  _phases: readonly Phase[];
  _at: number;
  _attempt: number;
  _outcome: PhaseOutcome;
  _timer: number;
  /** Names of phases that did not pass, each between line feeds. */
  _failed: string;
  _end: ((outcome: PhaseOutcome, reason: string) => void) | undefined;
  _finished: ((passed: boolean) => void) | undefined;

  constructor(timers: Timers, results: ResultSink, limits: readonly Limit[], log: (line: string) => void) {
    this.first = [];
    this._timers = timers;
    this._results = results;
    this._limits = limits;
    this._log = log;
    this._phases = [];
    this._at = 0;
    this._attempt = 0;
    this._outcome = PhaseOutcome.Pass;
    this._timer = 0;
    this._failed = "";
    this._end = undefined;
    this._finished = undefined;
  }

  /** A failed phase does not stop the ones after it: the record says all that is wrong with the unit. */
  run(phases: readonly Phase[], finished: (passed: boolean) => void): void {
    this._phases = this.first.concat(phases);
    this._finished = finished;
    this._failed = "\n";
    this._at = -1;
    this._nextPhase();
  }

  /** What nobody caught ends the attempt that is under way; false when none is. */
  crash(reason: string): boolean {
    const end = this._end;
    if (end) end(PhaseOutcome.Error, reason);
    return !!end;
  }

  _nextPhase(): void {
    this._attempt = 0;
    if (++this._at < this._phases.length) this._timers.after(0, () => this._attemptPhase());
    else if (this._finished) this._finished(this._failed.length < 2);
  }

  _attemptPhase(): void {
    const phase = this._phases[this._at] as Phase;
    this._attempt++;
    let open = true;
    const end = (outcome: PhaseOutcome, reason: string) => {
      if (!open) return;
      open = false;
      this._end = undefined;
      this._timers.cancel(this._timer);
      if (reason) this._log(phase.name + ": " + reason);
      this._endAttempt(phase, outcome);
    };
    this._end = end;
    this._outcome = PhaseOutcome.Pass;
    this._timer = this._timers.after(phase.timeoutMs || DEFAULT_TIMEOUT_MS, () =>
      end(PhaseOutcome.Timeout, "no end within its time"),
    );
    const missed = this._missed(phase);
    if (missed) {
      end(PhaseOutcome.Skipped, "skipped, since " + missed + " did not pass");
      return;
    }
    try {
      phase.run({
        measure: (name, value) => {
          if (open) this._measure(phase, name, value);
        },
        done: () => end(this._outcome, ""),
        fail: (reason) => end(PhaseOutcome.Fail, reason),
        absent: (what) => end(PhaseOutcome.Absent, "not on this board: " + what),
      });
    } catch (error) {
      end(PhaseOutcome.Error, "" + error);
    }
  }

  /** The first that the phase is after and that did not pass, or "". */
  _missed(phase: Phase): string {
    const after = phase.after || [];
    for (let i = 0; i < after.length; i++)
      if (this._failed.indexOf("\n" + after[i] + "\n") >= 0) return after[i] as string;
    return "";
  }

  _measure(phase: Phase, name: string, value: number): void {
    this._results.measurement(name, value);
    for (let i = 0; i < this._limits.length; i++) {
      const limit = this._limits[i] as Limit;
      if (limit.phase !== phase.name || limit.name !== name) continue;
      const low = limit.min === undefined || value >= limit.min;
      const high = limit.max === undefined || value <= limit.max;
      if (!low || !high) this._outcome = PhaseOutcome.Fail;
    }
  }

  _endAttempt(phase: Phase, ended: PhaseOutcome): void {
    let outcome = ended;
    try {
      if (phase.teardown) phase.teardown();
    } catch (error) {
      outcome = PhaseOutcome.Error;
      this._log(phase.name + ": teardown: " + error);
    }
    this._results.phase(phase.name, outcome, this._attempt);
    const isFinal = outcome === PhaseOutcome.Pass || outcome >= PhaseOutcome.Absent;
    if (!isFinal && this._attempt <= (phase.retries || 0)) {
      this._timers.after(0, () => this._attemptPhase());
      return;
    }
    if (outcome) this._failed += phase.name + "\n";
    this._nextPhase();
  }
}
