// SPDX-License-Identifier: Apache-2.0
// A chip's power: starts, restarts, cuts, the watchdog, and whatever stops its program for a while.
import { PowerCut } from "./nor-flash.js";
import type { PinWorld } from "./pins.js";
import { Pins } from "./pins.js";
import { UtilityTimer } from "./utility-timer.js";
import type { VirtualClock } from "./virtual-clock.js";

const RESTART_US = 200_000;
/** What Node says of a program that was cut. */
const ENDLESS = "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Thrown through the running program when the chip restarts: nothing of it goes on. */
class Restart extends Error {
  override readonly name = "Restart";
}

/** What lives as long as one start. Nothing that it was asked to do happens after its end. */
export class Start {
  readonly timer = new UtilityTimer(this);
  readonly pins: Pins;
  over = false;
  /** Gets what the program did not catch. */
  uncaught: ((error: unknown) => void) | undefined;
  /** A stall longer than this restarts the chip; 0 while the watchdog is off. */
  watchdogUs = 0;
  private stalledUntilUs = 0;

  constructor(
    private readonly chip: Chip,
    readonly clock: VirtualClock,
    world: PinWorld,
  ) {
    this.pins = new Pins(world, this);
  }

  /** The program's time: for what stands still in the middle of a call, the moment at which it goes on. */
  get nowUs(): number {
    return Math.max(this.clock.nowUs, this.stalledUntilUs);
  }

  /** What the chip's clock shows: microseconds since power came, unless the program set it. */
  get clockUs(): number {
    return this.clockAtUs(this.nowUs);
  }

  clockAtUs(us: number): number {
    return us - this.chip.clockZeroUs;
  }

  setClock(us: number): void {
    this.chip.clockZeroUs = this.nowUs - us;
  }

  later(us: number, run: () => void): number {
    return this.clock.after(this.nowUs - this.clock.nowUs + us, () => this.inTurn(run));
  }

  /** What a hardware timer does whatever the program is at. */
  interrupt(us: number, run: () => void): void {
    this.clock.after(us, () => {
      if (!this.over) run();
    });
  }

  every(us: number, run: () => void): number {
    const id = this.clock.every(us, () => (this.over ? this.clock.cancel(id) : this.inTurn(run)));
    return id;
  }

  cancel(id: number): void {
    this.clock.cancel(id);
  }

  /** The program stands still; what falls due meanwhile follows in a clump. */
  stall(us: number): void {
    this.stallUntil(this.clock.nowUs + us);
  }

  stallUntil(untilUs: number): void {
    this.stalledUntilUs = Math.max(this.stalledUntilUs, untilUs);
    if (this.watchdogUs && untilUs - this.clock.nowUs > this.watchdogUs)
      this.clock.after(this.watchdogUs, () => {
        if (!this.over) this.chip.reset(this);
      });
  }

  /** Runs the program's code now; what it throws goes where the interpreter sends it. */
  guard(run: () => void): void {
    if (this.over) return;
    try {
      this.chip.takeTurn(run);
    } catch (error) {
      if (error instanceof Restart) return;
      if (error instanceof PowerCut) this.chip.powerOff();
      else if ((error as NodeJS.ErrnoException).code === ENDLESS) this.chip.reset(this);
      else this.report(error);
    }
  }

  /** Never returns to the program. */
  restart(): never {
    this.chip.reset(this);
    throw new Restart("the chip restarts");
  }

  private inTurn(run: () => void): void {
    const waitUs = this.stalledUntilUs - this.clock.nowUs;
    if (waitUs > 0 && !this.over) this.clock.after(waitUs, () => this.inTurn(run));
    else this.guard(run);
  }

  /** Espruino prints what no handler takes. */
  private report(error: unknown): void {
    if (this.uncaught) this.guard(() => this.uncaught?.(error));
    else this.chip.onConsole?.(`Uncaught ${(error as Error).stack ?? String(error)}`);
  }
}

export class Chip {
  onConsole: ((line: string) => void) | undefined;
  starts = 0;
  /** The present start, while there is power. */
  current: Start | undefined;
  clockZeroUs = 0;
  private restartsUs = 0;
  private isWarm = false;

  constructor(
    private readonly clock: VirtualClock,
    readonly world: PinWorld,
    private readonly program: (start: Start) => void,
    /** Its clock goes on over a restart of its own will. */
    private readonly keepsClock = true,
  ) {}

  get isOn(): boolean {
    return this.current !== undefined;
  }

  /** Of its own will: power is there. */
  get isRestarting(): boolean {
    return this.restartsUs > this.clock.nowUs;
  }

  /** Every turn of its program: an interpreter may cut what has no end. */
  takeTurn(run: () => void): void {
    run();
  }

  powerOn(): void {
    if (this.current) return;
    this.starts++;
    if (!this.isWarm) this.clockZeroUs = this.clock.nowUs;
    this.isWarm = false;
    const start = new Start(this, this.clock, this.world);
    this.current = start;
    start.guard(() => this.program(start));
  }

  powerOff(): void {
    if (this.current) this.current.over = true;
    this.current = undefined;
    this.isWarm = false;
  }

  /** Something outside drives a pin: a button, a jumper. */
  drive(gpio: number, level: boolean): void {
    if (this.current) this.current.pins.drive(gpio, level);
    else this.world.driven.set(gpio, level);
  }

  reset(start: Start): void {
    start.over = true;
    this.current = undefined;
    this.isWarm = this.keepsClock;
    this.restartsUs = this.clock.nowUs + RESTART_US;
    this.clock.after(RESTART_US, () => this.powerOn());
  }
}
