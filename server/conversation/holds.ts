// SPDX-License-Identifier: Apache-2.0
// Polls that wait for something to say: one a recipient, 20 s at most.
import type { ServerClock } from "../clock.js";

const HOLD_MS = 20_000;

/** Ends at most once, and may end before it is waited for. */
export class Hold {
  private ended = false;
  private finish: (() => void) | undefined;

  constructor(
    private readonly clock: ServerClock,
    private readonly parked: (delta: 1 | -1) => void,
  ) {}

  end(): void {
    this.ended = true;
    this.finish?.();
    this.finish = undefined;
  }

  wait(): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.clock.after(HOLD_MS, () => this.end());
      this.parked(1);
      this.finish = () => {
        cancel();
        this.parked(-1);
        resolve();
      };
    });
  }
}

export class Holds {
  private readonly byRecipient = new Map<string, Hold>();
  private closed = false;

  constructor(
    private readonly clock: ServerClock,
    private readonly parked: (delta: 1 | -1) => void,
  ) {}

  /** Before it is looked whether there is anything to say: so nothing said in between is missed. */
  begin(recipient: string): Hold {
    this.end(recipient);
    const hold = new Hold(this.clock, this.parked);
    if (this.closed) hold.end();
    this.byRecipient.set(recipient, hold);
    return hold;
  }

  end(recipient: string): void {
    this.byRecipient.get(recipient)?.end();
  }

  drop(recipient: string, hold: Hold): void {
    if (this.byRecipient.get(recipient) === hold) this.byRecipient.delete(recipient);
  }

  endAll(): void {
    for (const hold of this.byRecipient.values()) hold.end();
  }

  close(): void {
    this.closed = true;
    this.endAll();
  }
}
