// SPDX-License-Identifier: Apache-2.0
// Pins: levels, analogue values, watches, pulses from the hardware timer.
import type { Start } from "./chip.js";
import type { LightChannel } from "./light-channel.js";

const PULSE_SLOTS = 16;
/** Events that the port's input queue holds. */
const EDGE_QUEUE = 680;

export interface Watch {
  readonly id: number;
  readonly gpio: number;
  readonly edge: string;
  readonly repeat: boolean;
  readonly debounceMs: number;
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
  private readonly lastEdgeUs = new Map<number, number>();
  private nextWatch = 1;
  private queuedEdges = 0;
  private overflowed = false;
  private pulsesUntilUs = 0;
  private pulses = 0;

  constructor(
    private readonly world: PinWorld,
    private readonly start: Start,
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
    return light ? Math.round(light.levelAt(this.start.clock.nowUs) * 4095) / 4096 : (this.world.analog.get(gpio) ?? 0);
  }

  watch(watch: Omit<Watch, "id">): number {
    const id = this.nextWatch++;
    this.watches.push({ id, ...watch });
    return id;
  }

  /** Something outside drives a pin. */
  drive(gpio: number, level: boolean): void {
    if (this.read(gpio) === level) return;
    this.world.driven.set(gpio, level);
    for (const watch of this.watches) if (watch.gpio === gpio) this.edge(watch, level);
  }

  /** What went wrong since the last time that this was asked. */
  takeErrorFlags(): string[] {
    const flags = this.overflowed ? ["FIFO_FULL"] : [];
    this.overflowed = false;
    return flags;
  }

  /** The edge waits in a queue until the program has time for it; when that is full it is lost. */
  private edge(watch: Watch, level: boolean): void {
    if (watch.edge !== "both" && watch.edge !== (level ? "rising" : "falling")) return;
    if (this.queuedEdges >= EDGE_QUEUE) {
      this.overflowed = true;
      return;
    }
    this.queuedEdges++;
    const timeUs = this.start.clock.nowUs;
    this.start.later(watch.debounceMs * 1000, () => {
      this.queuedEdges--;
      const settled = !watch.debounceMs || this.read(watch.gpio) === level;
      const again = timeUs - (this.lastEdgeUs.get(watch.id) ?? -Infinity) < watch.debounceMs * 1000;
      if (!settled || again) return;
      const lastTime = this.seconds(this.lastEdgeUs.get(watch.id) ?? timeUs);
      this.lastEdgeUs.set(watch.id, timeUs);
      if (!watch.repeat) this.watches.splice(this.watches.indexOf(watch), 1);
      watch.run({ time: this.seconds(timeUs), lastTime, state: level });
    });
  }

  private seconds(us: number): number {
    return (us - this.start.startUs) / 1e6;
  }

  /** Edges queue behind those under way, each in a timer slot; more than there are would block JavaScript. */
  pulse(gpio: number, level: boolean, ms: readonly number[]): void {
    const { nowUs } = this.start.clock;
    if (this.pulses === 0) {
      this.pulsesUntilUs = nowUs;
      this.write(gpio, level);
    }
    this.pulses += ms.length;
    if (this.pulses > PULSE_SLOTS) throw new Error("digitalPulse: more edges than timer slots block JavaScript");
    ms.forEach((length, i) => {
      this.pulsesUntilUs += length * 1000;
      this.start.interrupt(this.pulsesUntilUs - nowUs, () => {
        this.pulses--;
        this.write(gpio, i % 2 === 0 ? !level : level);
      });
    });
  }
}
