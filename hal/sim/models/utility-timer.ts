// SPDX-License-Identifier: Apache-2.0
// The one hardware timer behind EXEC tasks and pulses, with what the port does its own way.
import type { Start } from "./chip.js";

/** A ring of sixteen, of which one stays empty. */
const SLOTS = 15;
/** What the port says when it has waited for one long enough. */
const NO_SLOT = "Timeout on Utility Timer";

export class UtilityTimer {
  private inTask = false;
  /** Clock ids of the tasks, by slot. */
  private readonly tasks = new Map<number, number>();
  /** Edges of pulses that the program has not seen the end of. */
  private readonly dueUs: number[] = [];
  private lastUs = 0;

  constructor(private readonly start: Start) {}

  /** Calls `run` at each tick, between two statements of the program. @throws when no slot is free */
  add(intervalUs: number, run: () => void): number {
    const slot = this.take();
    this.tasks.set(
      slot,
      this.start.every(intervalUs, () => this.tick(run)),
    );
    return slot;
  }

  /** A task without an interval is over, and its code let go of, before that is called, unless a statement runs at that very moment. */
  addOnce(us: number): number {
    const slot = this.take();
    this.start.interrupt(us, () => this.remove(slot));
    return slot;
  }

  remove(slot: number): void {
    this.start.cancel(this.tasks.get(slot) ?? 0);
    this.tasks.delete(slot);
  }

  /** Every tick of every task is dropped while the code of one runs: it may store, and nothing that takes long. @throws inside a task */
  refuseInTask(what: string): void {
    if (this.inTask)
      throw new Error(`${what} inside a timer's task drops every tick until it ends: leave it to setTimeout`);
  }

  /** Does something at its time, whatever the program is at; without a free slot the program stands still until there is one. */
  pulse(atUs: number, run: () => void): void {
    const { start, dueUs, free } = this;
    if (dueUs.length + free < 1) throw new Error(NO_SLOT);
    if (free < 1) start.stallUntil(dueUs[-free] as number);
    this.passEdges();
    if (!dueUs.some((us) => us < atUs)) this.lastUs = start.nowUs;
    dueUs.push(atUs);
    dueUs.sort((a, b) => a - b);
    start.interrupt(atUs - start.clock.nowUs, run);
  }

  /** Time since the timer last went off or was set. */
  get idleUs(): number {
    this.passEdges();
    return this.start.nowUs - this.lastUs;
  }

  private take(): number {
    if (this.free < 1) throw new Error(NO_SLOT);
    let slot = 0;
    while (this.tasks.has(slot)) slot++;
    this.tasks.set(slot, 0);
    return slot;
  }

  private get free(): number {
    this.passEdges();
    return SLOTS - this.tasks.size - this.dueUs.length;
  }

  private tick(run: () => void): void {
    this.lastUs = this.start.clock.nowUs;
    this.inTask = true;
    try {
      run();
    } finally {
      this.inTask = false;
    }
  }

  private passEdges(): void {
    const { dueUs } = this;
    while (dueUs.length && (dueUs[0] as number) <= this.start.nowUs) this.lastUs = dueUs.shift() as number;
  }
}
