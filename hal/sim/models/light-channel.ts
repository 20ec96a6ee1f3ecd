// SPDX-License-Identifier: Apache-2.0
// Light between what drives it and what senses it: ambient, swing, ripple, noise, a slow panel, saturation; and a comparator's view.
import type { VirtualClock } from "./virtual-clock.js";

export interface LightSource {
  /** Drive from 0 to 1 at a time in microseconds; times asked for rise. */
  driveAt(timeUs: number): number;
  /** Where a comparator is set to; half of full drive unless said. */
  readonly middle?: number;
  /** Calls back after each change of the drive, until the returned function is called. A source that never changes has none. */
  follow?(clock: VirtualClock, changed: () => void): () => void;
}

/** A lamp that a pin switches. */
export class LedSource implements LightSource {
  private readonly followers = new Set<() => void>();
  private isLit = false;

  get lit(): boolean {
    return this.isLit;
  }

  set lit(lit: boolean) {
    this.isLit = lit;
    for (const changed of this.followers) changed();
  }

  driveAt(): number {
    return this.isLit ? 1 : 0;
  }

  follow(_clock: VirtualClock, changed: () => void): () => void {
    // Each follower is one of its own, even of one function.
    const follower = (): void => changed();
    this.followers.add(follower);
    return () => void this.followers.delete(follower);
  }
}

export interface ChannelOptions {
  /** Level with no drive, of full scale. */
  readonly ambient?: number;
  /** Full drive adds this, of full scale. */
  readonly swing?: number;
  /** Standard deviation, of the swing. */
  readonly noise?: number;
  /** Amplitude of the lamps' ripple, of the swing. */
  readonly ripple?: number;
  readonly mainsHz?: number;
  /** Time constant of what lights and what senses. */
  readonly panelMs?: number;
  readonly seed?: number;
}

/** A comparator turns so far beyond its middle, of full drive. */
const HYSTERESIS = 0.05;

export class LightChannel {
  private readonly options: Required<ChannelOptions>;
  private readonly watchers = new Set<() => void>();
  private driver: LightSource | undefined;
  private level = 0;
  private lastUs = 0;
  private state: number;
  private bright = false;

  constructor(options: ChannelOptions = {}) {
    this.options = { ambient: 0.1, swing: 0.5, noise: 0, ripple: 0, mainsHz: 100, panelMs: 0, seed: 1, ...options };
    this.state = this.options.seed >>> 0 || 1;
  }

  get source(): LightSource | undefined {
    return this.driver;
  }

  set source(source: LightSource | undefined) {
    this.driver = source;
    for (const reseated of this.watchers) reseated();
  }

  /** What the converter sees, 0 to 1. */
  levelAt(timeUs: number): number {
    const { ambient, swing, noise, ripple, mainsHz, panelMs } = this.options;
    const drive = this.driver?.driveAt(timeUs) ?? 0;
    const follow = panelMs ? 1 - Math.exp((this.lastUs - timeUs) / (panelMs * 1000)) : 1;
    this.level += (drive - this.level) * follow;
    this.lastUs = timeUs;
    const wave = ripple ? ripple * Math.sin((2 * Math.PI * mainsHz * timeUs) / 1e6) : 0;
    const grain = noise ? noise * this.gaussian() : 0;
    return Math.min(1, Math.max(0, ambient + swing * (this.level + wave + grain)));
  }

  /** What a comparator says. */
  isBright(timeUs: number): boolean {
    const { ambient, swing } = this.options;
    const turn = (this.driver?.middle ?? 0.5) + (this.bright ? -HYSTERESIS : HYSTERESIS);
    this.bright = this.levelAt(timeUs) > ambient + swing * turn;
    return this.bright;
  }

  /** Calls back when a comparator's output may have changed, until the returned function is called: only the drive moves it. */
  watch(clock: VirtualClock, changed: () => void): () => void {
    let unfollow = this.driver?.follow?.(clock, changed);
    const reseated = (): void => {
      unfollow?.();
      unfollow = this.driver?.follow?.(clock, changed);
      changed();
    };
    this.watchers.add(reseated);
    return () => {
      unfollow?.();
      this.watchers.delete(reseated);
    };
  }

  /** Sum of uniform numbers: near enough to normal, and the same for the same seed. */
  private gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
      sum += this.state / 4294967296;
    }
    return sum;
  }
}
