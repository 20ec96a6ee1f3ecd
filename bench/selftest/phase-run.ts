// SPDX-License-Identifier: Apache-2.0
// One phase on a board: started, heard to its end, and stopped when it does not end. What its lines mean: firmware/roles/console-test.ts.
import type { BoardConsole, Heard } from "../board/board-console.js";
import type { Measurement } from "../build/phases.js";
import { UserError } from "../errors.js";
import type { Attempt, Outcome, PhaseResult, Value } from "./results.js";
import { judge, outcomeOf } from "./results.js";

/** What the board says of a phase that is loaded. */
export interface PhaseInfo {
  readonly name: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly after: readonly string[];
}

/** By PhaseOutcome. */
const OUTCOMES: readonly Outcome[] = ["passed", "failed", "error", "timeout", "absent", "skipped"];
/** A board that is busy says things late. */
const GRACE_MS = 4000;
const LINE = /#t (\[.*\])$/;
/** What Espruino says of itself when a program goes wrong. */
const COMPLAINT = /^Uncaught |Execution Interrupted/;
const MEMORY_FULL = /OUT OF MEMORY/;
const MOST_LINES = 20;
/** The first ends what waits for input, the second what runs. */
const BREAKS = 2;
const STOP = `typeof __selftest=="object"?(__selftest.stop(),"stopped"):"gone"`;

/** @throws UserError BOARD_LOST */
export async function runPhase(
  board: BoardConsole,
  at: number,
  { name, timeoutMs, retries }: PhaseInfo,
  limits: readonly Measurement[],
): Promise<PhaseResult> {
  const record = new PhaseRecord(limits.filter(({ phase }) => phase === name));
  const silenceMs = timeoutMs + GRACE_MS;
  const ended = board.listen(
    (line) => record.take(line),
    { timeoutMs: silenceMs * (retries + 1), silenceMs },
    () => new UserError("BOARD_SILENT", "The phase does not end."),
  );
  try {
    // Listens before it asks: the first lines may come with the answer.
    await Promise.all([ended, board.evaluate(`(setTimeout("__selftest.run(${at})", 0), "started")`)]);
  } catch (error) {
    if ((error as UserError).code !== "BOARD_SILENT") throw error;
    record.hang(await interrupt(board));
  }
  const { attempts } = record;
  return { name, outcome: attempts.at(-1)!.outcome, attempts };
}

/** Breaks into what runs, and has the phase put back what it can. Why it hung, as far as the board tells. @throws UserError BOARD_LOST */
async function interrupt(board: BoardConsole): Promise<string> {
  for (let n = 0; n < BREAKS; n++)
    try {
      await board.clearLine();
      const state = await board.evaluate(STOP);
      return state === "stopped"
        ? "it kept the board from everything else until it was interrupted"
        : "the board restarted in the middle of it";
    } catch (error) {
      if ((error as UserError).code === "BOARD_LOST") throw error;
    }
  return "the board does not answer any more, and cannot be interrupted";
}

/** What a phase's lines come to. */
class PhaseRecord {
  readonly attempts: Attempt[] = [];
  private values: Value[] = [];
  private lines: string[] = [];

  constructor(private readonly limits: readonly Measurement[]) {}

  take(line: string): Heard {
    const item = itemOf(line);
    if (!item) {
      if (MEMORY_FULL.test(line)) this.note("it filled the board's memory");
      else if (COMPLAINT.test(line)) this.note(line);
      return "nothing";
    }
    switch (item[0]) {
      case "m":
        this.measure(String(item[1]), item[2]);
        return "more";
      case "l":
        this.note(String(item[1]));
        return "more";
      case "p":
        this.close(OUTCOMES[item[2] as number] ?? "error", item[4] as number);
        return "more";
      default:
        return "last";
    }
  }

  /** The attempt that is open, or that never began, ends here. */
  hang(why: string): void {
    this.end("hung", why);
  }

  private measure(name: string, value: unknown): void {
    const limit = this.limits.find((one) => one.name === name);
    this.values.push(judge(name, typeof value === "number" ? value : NaN, limit));
  }

  private note(line: string): void {
    if (this.lines.length < MOST_LINES && !this.lines.includes(line)) this.lines.push(line);
  }

  private close(outcome: Outcome, said: number): void {
    if (said !== this.values.length) return this.end("error", "lines of it were lost on the way");
    if (outcome !== "passed") {
      const outside = this.values.filter(({ verdict }) => verdict === "outside");
      return this.end(outcome, ...outside.map(({ name }) => `${name} is outside its limits`));
    }
    const missing = this.limits.filter(
      ({ name, min, max }) => (min ?? max) !== undefined && !this.values.some((value) => value.name === name),
    );
    if (missing.length) return this.end("failed", ...missing.map(({ name }) => `${name} was not measured`));
    this.end(outcomeOf(this.values));
  }

  private end(outcome: Outcome, ...why: readonly string[]): void {
    this.attempts.push({ outcome, lines: [...this.lines, ...why], values: this.values });
    this.values = [];
    this.lines = [];
  }
}

/** Undefined for any other line. */
function itemOf(line: string): readonly unknown[] | undefined {
  const [, json] = LINE.exec(line) ?? [];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as readonly unknown[];
  } catch {
    return undefined;
  }
}
