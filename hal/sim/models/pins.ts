// SPDX-License-Identifier: Apache-2.0
// Pins: levels, analogue values, watches, pulses from the hardware timer.
import type { Start } from "./chip.js";
import type { LightChannel } from "./light-channel.js";

/** Events that the port's input queue holds. */
const EDGE_QUEUE = 680;

export interface WatchOptions {
  readonly gpio: number;
  readonly edge: string;
  readonly repeat: boolean;
  readonly debounceMs: number;
  /** Seconds since start; `lastTime` is undefined at the first edge. */
  readonly run: (event: { time: number; lastTime: number | undefined; state: boolean }) => void;
}

interface Watch extends WatchOptions {
  lastUs: number | undefined;
  readonly end: () => void;
}

/** What the pins of one board are joined to. Outlives the board's restarts. */
export class PinWorld {
  /** Levels that something outside drives, by GPIO; undriven inputs read high. */
  readonly driven = new Map<number, boolean>();
  /** 0 to 1, by GPIO. */
  readonly analog = new Map<number, number>();
  /** What a light sensor is at: read as a level, or through a comparator that is high when it is bright. */
  readonly light = new Map<number, LightChannel>();
  /** Input to the output that it is wired to. */
  readonly wires = new Map<number, number>();
  /** Pins whose level the chip's Espruino turns over. */
  negated: readonly number[] = [];
  /** Pins that the chip's Espruino reads as analogue; undefined for all. */
  converter: readonly number[] | undefined;
  onWrite: ((gpio: number, level: boolean) => void) | undefined;
}

/** The pins of one start of a board. */
export class Pins {
  private readonly outputs = new Map<number, boolean>();
  private readonly pulledDown = new Set<number>();
  private readonly watches = new Map<number, Watch>();
  private nextWatch = 1;
  private queuedEdges = 0;
  private overflowed = false;
  /** Ends of pulse trains, by GPIO. */
  private readonly pulsesUntilUs = new Map<number, number>();

  constructor(
    private readonly world: PinWorld,
    private readonly start: Start,
  ) {}

  /** As the program has it. */
  read(gpio: number): boolean {
    return this.turned(gpio, this.level(gpio));
  }

  private turned(gpio: number, level: boolean): boolean {
    return level !== this.world.negated.includes(gpio);
  }

  private level(gpio: number): boolean {
    const light = this.world.light.get(gpio);
    if (light) return light.isBright(this.start.clock.nowUs);
    const wire = this.world.wires.get(gpio);
    const output = this.outputs.get(wire ?? gpio);
    return output ?? this.world.driven.get(gpio) ?? !this.pulledDown.has(gpio);
  }

  write(gpio: number, level: boolean): void {
    this.change(() => this.outputs.set(gpio, this.turned(gpio, level)));
    this.world.onWrite?.(gpio, this.turned(gpio, level));
  }

  /** Makes it an input, pulled up or down. */
  release(gpio: number, pulledDown: boolean): void {
    this.outputs.delete(gpio);
    if (pulledDown) this.pulledDown.add(gpio);
    else this.pulledDown.delete(gpio);
  }

  analog(gpio: number): number {
    if (this.world.converter?.includes(gpio) === false) return NaN;
    const light = this.world.light.get(gpio);
    return light ? Math.round(light.levelAt(this.start.clock.nowUs) * 4095) / 4096 : (this.world.analog.get(gpio) ?? 0);
  }

  watch(options: WatchOptions): number {
    const id = this.nextWatch++;
    this.watches.set(id, { ...options, lastUs: undefined, end: this.watchLight(id, options.gpio) });
    return id;
  }

  /** What is still in the queue is heard by nobody. */
  unwatch(id: number): void {
    this.watches.get(id)?.end();
    this.watches.delete(id);
  }

  /** Something outside drives a pin. */
  drive(gpio: number, level: boolean): void {
    this.change(() => this.world.driven.set(gpio, level));
  }

  /** An edge for each watched pin that the change reaches: its own, or one that is wired to it. */
  private change(apply: () => void): void {
    const before = [...this.watches].map(([id, { gpio }]) => [id, gpio, this.read(gpio)] as const);
    apply();
    for (const [id, gpio, level] of before) if (this.read(gpio) !== level) this.edge(id, !level);
  }

  /** What went wrong since the last time that this was asked. */
  takeErrorFlags(): string[] {
    const flags = this.overflowed ? ["FIFO_FULL"] : [];
    this.overflowed = false;
    return flags;
  }

  /** A pin's edges from light, if it is at any; gives how to end that. */
  private watchLight(id: number, gpio: number): () => void {
    const light = this.world.light.get(gpio);
    if (!light) return () => undefined;
    let level = this.read(gpio);
    const unwatch = light.watch(this.start.clock, () => {
      if (this.start.over) unwatch();
      else if (this.read(gpio) !== level) this.edge(id, (level = !level));
    });
    return unwatch;
  }

  /** Either edge waits in a queue until the program has time for it; when that is full it is lost. */
  private edge(id: number, level: boolean): void {
    const watch = this.watches.get(id) as Watch;
    if (this.queuedEdges >= EDGE_QUEUE) {
      this.overflowed = true;
      return;
    }
    this.queuedEdges++;
    const timeUs = this.start.clock.nowUs;
    this.start.later(watch.debounceMs * 1000, () => {
      this.queuedEdges--;
      const settled = !watch.debounceMs || this.read(watch.gpio) === level;
      const again = timeUs - (watch.lastUs ?? -Infinity) < watch.debounceMs * 1000;
      const wanted = watch.edge === "both" || watch.edge === (level ? "rising" : "falling");
      if (this.watches.get(id) !== watch || !wanted || !settled || again) return;
      const lastTime = watch.lastUs === undefined ? undefined : this.seconds(watch.lastUs);
      watch.lastUs = timeUs;
      if (!watch.repeat) this.unwatch(id);
      watch.run({ time: this.seconds(timeUs), lastTime, state: level });
    });
  }

  private seconds(us: number): number {
    return this.start.clockAtUs(us) / 1e6;
  }

  /**
   * Edges by the hardware timer. A train behind one that is still under way on this pin comes late by the time since the timer last
   * went off: a train is handed over in one call, which takes as long as the timer has no slots for what is left of it.
   */
  pulse(gpio: number, level: boolean, ms: readonly number[]): void {
    const { nowUs, timer } = this.start;
    timer.refuseInTask("digitalPulse");
    const pendingUs = this.pulsesUntilUs.get(gpio) ?? 0;
    const busy = pendingUs > nowUs;
    if (!busy) this.write(gpio, level);
    let atUs = busy ? pendingUs + timer.idleUs : nowUs;
    ms.forEach((length, i) => {
      atUs += length * 1000;
      this.pulsesUntilUs.set(gpio, atUs);
      timer.pulse(atUs, () => this.write(gpio, i % 2 === 0 ? !level : level));
    });
  }
}
