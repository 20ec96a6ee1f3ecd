// SPDX-License-Identifier: Apache-2.0
// A board's whole self-test: phase after phase, and after one that left traces the board starts anew.
import { setTimeout as sleep } from "node:timers/promises";
import type { BoardConsole, BoardIdentity } from "../board/board-console.js";
import { borrowBoard } from "../board/borrow-board.js";
import { loadProgram, prepareLoader } from "../board/ram-loader.js";
import type { Board } from "../build/boards.js";
import { UserError } from "../errors.js";
import { chipFault } from "../flash/board-checks.js";
import { clockPhase } from "./clock.js";
import type { PhaseInfo } from "./phase-run.js";
import { runPhase } from "./phase-run.js";
import type { Program, Programs } from "./programs.js";
import type { PhaseResult } from "./results.js";
import { isGood, leavesTraces, unrun } from "./results.js";

export interface SelfTestJob {
  readonly port: string;
  readonly board: Board;
  readonly programs: Programs;
  /** Compare the clocks too. */
  readonly clock: boolean;
  /** Not run, and why. */
  readonly skipped: readonly PhaseResult[];
  /** This machine's clock, or what a virtual board takes for it. */
  readonly nowMs: () => number;
}

export interface SelfTestReport {
  readonly identity: BoardIdentity;
  readonly phases: readonly PhaseResult[];
  /** Why the phases after these did not run. */
  readonly lost: UserError | undefined;
  readonly seconds: number;
}

/** Until a board that hangs is restarted by its watchdog, and by then is at its prompt. */
const WATCHDOG_MS = 75_000;
const RETRY_MS = 1000;

/** @throws UserError when no phase could run at all */
export async function runSelfTest(job: SelfTestJob, say: (line: string) => void): Promise<SelfTestReport> {
  const startMs = performance.now();
  const run = new SelfTestRun(job, say);
  let lost: UserError | undefined;
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof UserError) || !run.phases.length) throw error;
    lost = error;
  }
  const phases = [...run.phases, ...job.skipped];
  return { identity: run.identity, phases, lost, seconds: (performance.now() - startMs) / 1000 };
}

class SelfTestRun {
  identity: BoardIdentity = { firmware: "", chip: "" };
  readonly phases: PhaseResult[] = [];
  private programAt = 0;
  private phaseAt = 0;

  constructor(
    private readonly job: SelfTestJob,
    private readonly say: (line: string) => void,
  ) {}

  async all(): Promise<void> {
    await borrowBoard(this.job.port, (board) => this.visit(board));
    while (this.programAt < this.job.programs.phases.length) await this.visitAgain();
  }

  /** As often as it takes until the board is there again. */
  private async visitAgain(): Promise<void> {
    const endMs = performance.now() + WATCHDOG_MS;
    this.say("waiting for the board to start anew");
    for (let isThere = false; !isThere;) {
      await sleep(RETRY_MS);
      try {
        await borrowBoard(this.job.port, (board) => {
          isThere = true;
          return this.visit(board);
        });
      } catch (error) {
        if (isThere || performance.now() > endMs) throw error;
      }
    }
  }

  /** Until all is done, or the board has to start anew. */
  private async visit(board: BoardConsole): Promise<void> {
    this.identity = board.identity;
    const fault = chipFault(board.identity, this.job.board.chip);
    if (fault) throw fault;
    if (this.job.clock && !this.phases.length) await this.compareClocks(board);
    this.say("loading");
    await prepareLoader(board);
    await loadProgram(board, this.job.programs.runner);
    for (; this.programAt < this.job.programs.phases.length; this.programAt++) {
      if (!(await this.runProgram(board, this.job.programs.phases[this.programAt] as Program))) return;
      this.phaseAt = 0;
    }
  }

  private async compareClocks(board: BoardConsole): Promise<void> {
    this.say("clock");
    this.phases.push(await clockPhase(board, this.job.nowMs));
  }

  /** False when the board has to start anew before anything else. */
  private async runProgram(board: BoardConsole, program: Program): Promise<boolean> {
    this.say(program.name);
    const infos = await this.load(board, program);
    while (this.phaseAt < infos.length) {
      const at = this.phaseAt++;
      const result = await this.runOne(board, at, infos[at] as PhaseInfo, program);
      this.phases.push(result);
      if (leavesTraces(result)) return this.finishOrRestart(infos.length);
    }
    return true;
  }

  /** A program that is done is not loaded again. */
  private finishOrRestart(phases: number): false {
    if (this.phaseAt >= phases) {
      this.programAt++;
      this.phaseAt = 0;
    }
    return false;
  }

  /** None when the program does not even load. @throws UserError of BoardConsole */
  private async load(board: BoardConsole, { name, code }: Program): Promise<PhaseInfo[]> {
    try {
      await loadProgram(board, code);
      return JSON.parse(await board.evaluate("__selftest.list()")) as PhaseInfo[];
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== "BOARD_FAULT") throw error;
      this.phases.push({
        name,
        outcome: "error",
        attempts: [{ outcome: "error", lines: [error.message], values: [] }],
      });
      return [];
    }
  }

  private async runOne(board: BoardConsole, at: number, info: PhaseInfo, program: Program): Promise<PhaseResult> {
    const missed = info.after.find((name) => this.phases.some((phase) => phase.name === name && !isGood(phase)));
    if (missed !== undefined) return unrun(info.name, "skipped", `${missed} did not pass`);
    this.say(info.name);
    return runPhase(board, at, info, program.measurements);
  }
}
