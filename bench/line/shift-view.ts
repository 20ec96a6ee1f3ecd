// SPDX-License-Identifier: Apache-2.0
// What a shift looks like while it runs: a line a unit on a terminal, plain lines elsewhere, nothing for programs.
import { Listr } from "listr2";
import type { Progress, SeatedUnit, Shift } from "./shift.js";

const STEPS: readonly Progress[] = ["light", "join", "enrol", "tests", "bless", "wipe", "shippable"];

export class ShiftView {
  constructor(private readonly kind: "live" | "plain" | "silent") {}

  say(line: string): void {
    if (this.kind !== "silent") process.stdout.write(line + "\n");
  }

  /** One step of preparation. */
  async during<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
    this.say(what);
    return run();
  }

  /** Runs the shift and shows each unit's progress. */
  async follow(shift: Shift, duts: number): Promise<void> {
    if (this.kind === "live") return this.live(shift, duts);
    if (this.kind === "plain")
      shift.onProgress = (seated, progress) => process.stdout.write(`unit ${seated.number}  ${progress}\n`);
    return shift.run();
  }

  private async live(shift: Shift, duts: number): Promise<void> {
    const done = new Map<number, () => void>();
    const show = new Map<number, (text: string) => void>();
    const tasks = Array.from({ length: duts }, (_, i) => ({
      title: `unit ${i + 1}`,
      task: (_context: unknown, task: { title: string }) =>
        new Promise<void>((resolve) => {
          done.set(i + 1, resolve);
          show.set(i + 1, (text) => (task.title = text));
        }),
    }));
    const list = new Listr(tasks, { concurrent: true, rendererOptions: { collapseSubtasks: false } }).run();
    shift.onProgress = (seated, progress) => {
      show.get(seated.number)?.(title(seated, progress));
      if (progress === "shippable" || progress === "failed") done.get(seated.number)?.();
    };
    try {
      await shift.run();
    } finally {
      for (const finish of done.values()) finish();
      await list;
    }
  }
}

/** "unit 3  light - join - enrol", the way so far. */
function title({ number }: SeatedUnit, progress: Progress): string {
  const at = STEPS.indexOf(progress);
  const way = at < 0 ? [progress] : STEPS.slice(0, at + 1);
  return `unit ${number}  ${way.join(" - ")}`;
}
