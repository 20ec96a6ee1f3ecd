// SPDX-License-Identifier: Apache-2.0
// One unit's life with its faults, and an operator who does what operators do: wait, power, light again.
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { hex, sha256 } from "../../server/crypto.js";
import type { Extent, Fault, Mishap, Point } from "./fault.js";
import { formatPoint } from "./fault.js";
import type { Factory } from "./factory.js";
import { Judge } from "./judge.js";
import type { Slot } from "./unit-firmware.js";
import { emptySlot, unitFirmware } from "./unit-firmware.js";

export interface Outcome {
  readonly point: string;
  /** What is wrong, one sentence each; none when all holds. */
  readonly problems: readonly string[];
  /** Flash operations and messages of the whole life. */
  readonly extent: Extent;
  /** Faults that came to pass. */
  readonly faults: number;
  /** Lights that the unit needed. */
  readonly lights: number;
  /** Flash images searched for what the wipe should have taken. */
  readonly images: number;
  /** Secrets that the search did find while they were still due to be there. */
  readonly foundBefore: number;
  readonly prfCalls: number;
}

const LIGHTS = 8;
const POWER_BACK_US = 1_000_000;
/** What an operator waits for a unit that says nothing new. */
const PATIENCE_US = 200_000_000;
/** An operator looks again and again, so time goes on even where nothing is due. */
const LOOK_US = 1_000_000;
const SETTLE_US = 5_000_000;

export async function runTrial(factory: Factory, point: Point): Promise<Outcome> {
  return new Life(factory, point).run();
}

class Life {
  private readonly slot: Slot = emptySlot();
  private readonly unit: BenchUnit;
  private readonly judge: Judge;
  private readonly waiting: Fault[];
  private came = 0;
  private messages = 0;
  private sinceFault = 0;
  private lights = 0;
  private powerIsBack: number | undefined;

  constructor(
    private readonly factory: Factory,
    private readonly point: Point,
  ) {
    this.waiting = [...point.faults];
    const number = parseInt(sha256(formatPoint(point)).slice(0, 7), 16) + 1;
    this.unit = factory.seat(number, unitFirmware(point.story, this.slot), {
      mishap: () => this.mishap(),
      powerOff: () => this.unit.board.powerOff(),
      onUnitChange: (change) => this.judge.hear(change),
    });
    this.judge = new Judge(factory, this.unit, point.story, this.slot);
  }

  async run(): Promise<Outcome> {
    const { judge, point, unit } = this;
    this.arm();
    await this.lightUntil("factory", () => judge.isShippable && unit.lastStep === "app");
    if (point.story === "relit") await this.light("factory");
    if (point.story === "activated") await this.lightUntil("production", () => judge.isActivated && judge.hasSettings);
    await judge.pronounce(this.lights);
    return {
      point: formatPoint(point),
      problems: judge.problems,
      extent: { flash: unit.flash.operations, message: this.messages },
      faults: this.came,
      lights: this.lights,
      images: judge.images,
      foundBefore: judge.foundBefore,
      prfCalls: this.slot.prfCalls,
    };
  }

  private async lightUntil(kind: "factory" | "production", done: () => boolean): Promise<void> {
    const isDone = () => done() || (this.point.story === "bad" && this.judge.isFailedAndWiped);
    for (let lights = 0; !isDone() && lights < LIGHTS; lights++) await this.light(kind, isDone);
  }

  /** Light, power, and as long as it takes; then the power goes. */
  private async light(kind: "factory" | "production", done = () => false): Promise<void> {
    const { entries, token } = await this.factory.light(kind);
    this.lights++;
    if (kind === "factory") this.judge.watch("token", token);
    else this.slot.ownKeys.add(hex(token));
    this.slot.light = entries;
    this.unit.board.powerOn();
    await this.wait(done);
    this.unit.board.powerOff();
    this.judge.readSettled();
  }

  /** Until it is done, or says nothing new for longer than an operator waits. Power that went comes back. */
  private async wait(done: () => boolean): Promise<void> {
    const { clock } = this.factory;
    const { unit } = this;
    let heard = -1;
    let until = 0;
    let doneUs = Infinity;
    const watch = clock.every(LOOK_US, () => undefined);
    await clock.run(() => {
      this.restorePower();
      if (unit.lines.length !== heard) {
        heard = unit.lines.length;
        until = clock.nowUs + PATIENCE_US;
      }
      if (doneUs === Infinity && done()) doneUs = clock.nowUs;
      return clock.nowUs > Math.min(until, doneUs + SETTLE_US);
    });
    clock.cancel(watch);
  }

  private restorePower(): void {
    const { board } = this.unit;
    if (board.isOn || board.isRestarting) this.powerIsBack = undefined;
    else if (this.powerIsBack === undefined) this.powerIsBack = this.factory.clock.nowUs + POWER_BACK_US;
    else if (this.factory.clock.nowUs >= this.powerIsBack) {
      this.judge.readFlash();
      board.powerOn();
    }
  }

  /** Makes ready for the next fault; counting begins anew behind each. */
  private arm(): void {
    const next = this.waiting[0];
    this.sinceFault = 0;
    this.unit.flash.cutAt(0);
    if (next?.at !== "flash") return;
    this.unit.flash.cutAt(next.n, next.how);
    this.unit.flash.onCut = () => this.pass();
  }

  private pass(): void {
    this.waiting.shift();
    this.came++;
    this.arm();
  }

  private mishap(): Mishap | undefined {
    this.messages++;
    const next = this.waiting[0];
    if (next?.at !== "message" || ++this.sinceFault !== next.n) return undefined;
    this.pass();
    return next.how;
  }
}
