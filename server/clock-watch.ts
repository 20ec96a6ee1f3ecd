// SPDX-License-Identifier: Apache-2.0
// Tells when the clock was set: tokens, leases and silences are reckoned by it, so whoever reads the log has to know.
import type { ServerClock } from "./clock.js";

/** A network's time service corrects by less. */
const JUMP_MS = 2000;

export class ClockWatch {
  private offsetMs: number;

  constructor(private readonly clock: ServerClock) {
    this.offsetMs = this.offset();
  }

  /** By how much the clock was set since the last look, ahead above zero; 0 when it was not. */
  jumpMs(): number {
    const before = this.offsetMs;
    this.offsetMs = this.offset();
    const jumped = Math.round(this.offsetMs - before);
    return Math.abs(jumped) > JUMP_MS ? jumped : 0;
  }

  private offset(): number {
    return this.clock.now() - this.clock.steady();
  }
}
