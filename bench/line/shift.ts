// SPDX-License-Identifier: Apache-2.0
// One shift of the virtual line: the operator seats each unit, presses, and takes the next; every unit is judged at its end.
import type { LightSource } from "../../hal/sim/models/light-channel.js";
import { DeviceAction, DeviceState } from "../../firmware/core/blessing/device-machine.js";
import { FixtureState } from "../../firmware/core/blessing/fixture-machine.js";
import { Pattern } from "../../firmware/core/status/patterns.js";
import type { BenchUnit } from "./bench-unit.js";
import { Random } from "./random.js";
import type { Measurement, UnitReport } from "./report.js";
import type { VirtualLine } from "./virtual-line.js";

export interface ShiftOptions {
  readonly duts: number;
  readonly seed: number;
  /** Share of units that are built to fail, 0 to 1. */
  readonly failRate: number;
  /** This light instead of the fixture's: it comes up as each unit is seated. */
  readonly light: ((startUs: number) => LightSource) | undefined;
}

/** What a unit does now, in a word that an operator knows. */
export type Progress = "light" | "join" | "enrol" | "tests" | "bless" | "wipe" | "shippable" | "failed";

export interface SeatedUnit {
  readonly number: number;
  readonly unit: BenchUnit;
  readonly faulty: boolean;
  readonly seatedUs: number;
  endedUs: number;
  progress: Progress | undefined;
}

/** Time that the operator needs from one unit to the next, and before a second try. */
const HANDLING_US = 500_000;
const LIGHT_TIMEOUT_US = 30_000_000;
const LIGHT_ATTEMPTS = 3;
const RUN_TIMEOUT_US = 900_000_000;

const PROGRESS: { readonly [state: string]: Progress } = {
  U: "light",
  R: "light",
  J: "join",
  E: "enrol",
  T: "tests",
  B: "bless",
  W: "wipe",
  C: "shippable",
  F: "failed",
};

export class Shift {
  readonly units: SeatedUnit[] = [];
  onProgress: ((seated: SeatedUnit, progress: Progress) => void) | undefined;
  private readonly random: Random;

  constructor(
    private readonly line: VirtualLine,
    private readonly options: ShiftOptions,
  ) {
    this.random = new Random(options.seed + 1);
  }

  /** Seats every unit in turn while those before it go on, and waits for the last. */
  async run(): Promise<void> {
    const { clock } = this.line;
    for (let number = 1; number <= this.options.duts; number++) await this.light(this.take(number));
    const deadline = clock.nowUs + RUN_TIMEOUT_US;
    await clock.run(() => this.units.every((seated) => this.hasEnded(seated)) || clock.nowUs > deadline);
  }

  async report(seated: SeatedUnit): Promise<UnitReport> {
    const { unit, number, faulty } = seated;
    const admin = this.line.server!.admin;
    const view = (await admin.units()).find((candidate) => candidate.deviceId === unit.deviceId);
    const problem = this.problem(seated, view?.state ?? "unknown", view?.serial ?? null);
    return {
      unit: number,
      deviceId: unit.deviceId,
      serial: view?.serial ?? null,
      state: view?.state ?? "unknown",
      faulty,
      ok: problem === "",
      problem,
      measurements: await this.measurements(unit.deviceId),
      virtualS: (seated.endedUs - seated.seatedUs) / 1e6,
    };
  }

  private take(number: number): SeatedUnit {
    const faulty = this.random.fraction() < this.options.failRate;
    const unit = this.line.makeUnit(number, this.analogOf(faulty));
    const seated: SeatedUnit = {
      number,
      unit,
      faulty,
      seatedUs: this.line.clock.nowUs,
      endedUs: 0,
      progress: undefined,
    };
    unit.onStep = (step) => this.follow(seated, step);
    this.units.push(seated);
    return seated;
  }

  /** Seats the unit and presses until its light is in. */
  private async light({ unit }: SeatedUnit): Promise<void> {
    const { clock } = this.line;
    const own = this.options.light?.(clock.nowUs + HANDLING_US);
    this.line.seat(unit, own);
    for (let attempt = 0; attempt < LIGHT_ATTEMPTS; attempt++) {
      if (!own) clock.after(HANDLING_US, () => this.line.press());
      const deadline = clock.nowUs + LIGHT_TIMEOUT_US;
      await clock.run(() => hasLight(unit) || clock.nowUs > deadline);
      if (hasLight(unit)) break;
    }
    unit.light.source = undefined;
    const idle = (): boolean => nextStateOf(this.line.fixture.lastStep) === FixtureState.Idle;
    const deadline = clock.nowUs + LIGHT_TIMEOUT_US;
    await clock.run(() => idle() || clock.nowUs > deadline);
  }

  private follow(seated: SeatedUnit, step: string): void {
    const progress = PROGRESS[nextStateOf(step)];
    if (progress && progress !== seated.progress) {
      seated.progress = progress;
      this.onProgress?.(seated, progress);
    }
    if (this.hasEnded(seated) && !seated.endedUs) seated.endedUs = this.line.clock.nowUs;
  }

  private hasEnded({ unit }: SeatedUnit): boolean {
    const steps = unit.steps;
    return (
      steps.includes("app") ||
      steps.some((step) => nextStateOf(step) === DeviceState.Failed && step.charAt(3) === DeviceAction.ShowFail)
    );
  }

  /** Why the unit did not end as it should, by the server, its LED and its flash; "" when it did. */
  private problem({ unit, faulty }: SeatedUnit, state: string, serial: string | null): string {
    const expected = faulty ? "failed" : "shippable";
    if (state !== expected) return `it should be ${expected}`;
    if ((serial !== null) === faulty) return faulty ? "it has a serial number" : "it has no serial number";
    if (!unit.ledPatterns.includes(faulty ? Pattern.Fail : Pattern.Pass)) return "its LED did not say so";
    const settings = this.line.region(unit, "settings");
    const bytes = settings.read(0, settings.pageSize * settings.pageCount);
    return bytes.every((byte) => byte === 0xff) ? "" : "the factory's settings are still on board";
  }

  private async measurements(deviceId: string): Promise<Measurement[]> {
    const runs = await this.line.server!.admin.runs(deviceId);
    const units = new Map(this.line.product.measurements.map((limit) => [`${limit.phase}/${limit.name}`, limit.unit]));
    const last = runs.at(-1)?.attempts ?? [];
    return last.flatMap(({ phase, measurements }) =>
      measurements.map(({ name, value }) => ({ phase, name, value, unit: units.get(`${phase}/${name}`) ?? "1" })),
    );
  }

  /** A good board reads 3.3 V halved and room temperature; a faulty one has a sagging supply. */
  private analogOf(faulty: boolean): { readonly [pin: string]: number } {
    const volts = (faulty ? 2.6 : 3.3) + 0.05 * (this.random.fraction() - 0.5);
    const celsius = 23 + 3 * this.random.fraction();
    return { pinA: volts / 2 / FULL_SCALE_V, pinB: (0.5 + celsius / 100) / FULL_SCALE_V };
  }
}

const FULL_SCALE_V = 3.6;

/** A step is a row of the state table: state, event, next state, action. */
const nextStateOf = (step: string): string => step.charAt(2);

function hasLight(unit: BenchUnit): boolean {
  return unit.steps.some((step) => nextStateOf(step) === "J");
}
