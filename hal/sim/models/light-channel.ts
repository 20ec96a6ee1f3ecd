// SPDX-License-Identifier: Apache-2.0
// Light between what drives it and what senses it: ambient, swing, ripple, noise, a slow panel, saturation.

export interface LightSource {
  /** Drive from 0 to 1 at a time in microseconds; times asked for rise. */
  driveAt(timeUs: number): number;
}

/** A lamp that a pin switches. */
export class LedSource implements LightSource {
  lit = false;

  driveAt(): number {
    return this.lit ? 1 : 0;
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

export class LightChannel {
  source: LightSource | undefined;
  private level = 0;
  private lastUs = 0;
  private state: number;

  constructor(private readonly options: ChannelOptions = {}) {
    this.state = (options.seed ?? 1) >>> 0 || 1;
  }

  /** What the converter sees, 0 to 1. */
  levelAt(timeUs: number): number {
    const { ambient = 0.1, swing = 0.5, noise = 0, ripple = 0, mainsHz = 100, panelMs = 0 } = this.options;
    const drive = this.source?.driveAt(timeUs) ?? 0;
    const follow = panelMs ? 1 - Math.exp((this.lastUs - timeUs) / (panelMs * 1000)) : 1;
    this.level += (drive - this.level) * follow;
    this.lastUs = timeUs;
    const wave = ripple ? ripple * Math.sin((2 * Math.PI * mainsHz * timeUs) / 1e6) : 0;
    const grain = noise ? noise * this.gaussian() : 0;
    return Math.min(1, Math.max(0, ambient + swing * (this.level + wave + grain)));
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
