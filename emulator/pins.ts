// SPDX-License-Identifier: Apache-2.0
// Pins: levels, analogue values, watches, pulses from the hardware timer.
import type { LightChannel } from "../hal/sim/models/light-channel.js";
import type { VirtualClock } from "../hal/sim/models/virtual-clock.js";

const PULSE_SLOTS = 16;

export interface Watch {
  readonly id: number;
  readonly gpio: number;
  readonly edge: string;
  readonly repeat: boolean;
  readonly run: (event: { time: number; lastTime: number; state: boolean }) => void;
}

/** What the pins of one board are joined to. Outlives the board's restarts. */
export class PinWorld {
  /** Levels that something outside drives, by GPIO; undriven inputs read high. */
  readonly driven = new Map<number, boolean>();
  /** 0 to 1, by GPIO. */
  readonly analog = new Map<number, number>();
  readonly light = new Map<number, LightChannel>();
  /** Input to the output that it is wired to. */
  readonly wires = new Map<number, number>();
  onWrite: ((gpio: number, level: boolean) => void) | undefined;
}

/** The pins of one start of a board. */
export class Pins {
  private readonly outputs = new Map<number, boolean>();
  private readonly watches: Watch[] = [];
  private nextWatch = 1;
  private pulsesUntilUs = 0;
  private pulses = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly world: PinWorld,
    private readonly later: (us: number, run: () => void) => void,
  ) {}

  read(gpio: number): boolean {
    const wire = this.world.wires.get(gpio);
    const output = this.outputs.get(wire ?? gpio);
    return output ?? this.world.driven.get(gpio) ?? true;
  }

  write(gpio: number, level: boolean): void {
    this.outputs.set(gpio, level);
    this.world.onWrite?.(gpio, level);
  }

  release(gpio: number): void {
    this.outputs.delete(gpio);
  }

  analog(gpio: number): number {
    const light = this.world.light.get(gpio);
    return light ? Math.round(light.levelAt(this.clock.nowUs) * 4095) / 4096 : (this.world.analog.get(gpio) ?? 0);
  }

  watch(gpio: number, edge: string, repeat: boolean, run: Watch["run"]): number {
    const id = this.nextWatch++;
    this.watches.push({ id, gpio, edge, repeat, run });
    return id;
  }

  /** Something outside drives a pin. */
  drive(gpio: number, level: boolean): void {
    if (this.read(gpio) === level) return;
    this.world.driven.set(gpio, level);
    const edge = level ? "rising" : "falling";
    const time = this.clock.nowUs / 1e6;
    for (const watch of this.watches)
      if (watch.gpio === gpio && (watch.edge === edge || watch.edge === "both"))
        this.later(0, () => watch.run({ time, lastTime: time, state: level }));
  }

  /** Edges queue behind those under way, each in a timer slot; more than there are would block JavaScript. */
  pulse(gpio: number, level: boolean, ms: readonly number[]): void {
    const { nowUs } = this.clock;
    if (this.pulses === 0) {
      this.pulsesUntilUs = nowUs;
      this.write(gpio, level);
    }
    this.pulses += ms.length;
    if (this.pulses > PULSE_SLOTS) throw new Error("digitalPulse: more edges than timer slots block JavaScript");
    ms.forEach((length, i) => {
      this.pulsesUntilUs += length * 1000;
      this.later(this.pulsesUntilUs - nowUs, () => {
        this.pulses--;
        this.write(gpio, i % 2 === 0 ? !level : level);
      });
    });
  }
}
