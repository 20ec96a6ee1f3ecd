// SPDX-License-Identifier: Apache-2.0
// Espruino's Waveform as an input: buffers filled by the hardware timer, which goes round a little too fast.
import type { Start } from "../hal/sim/models/chip.js";

/** The port takes whole microseconds, and then so many less. */
const FAST_US = 2;

interface Input {
  on(event: string, listener: () => void): void;
  startInput(pin: { readonly gpio: number }, hz: number, options?: { readonly repeat?: boolean }): void;
  stop(): void;
}

/** The class, for one start of a board. What it reads nobody looks at yet: only that buffers come. */
export function waveformClass(start: Start): new (samples: number) => Input {
  return class Waveform implements Input {
    private readonly onBuffer: (() => void)[] = [];
    private timer = 0;

    constructor(private readonly samples: number) {}

    on(event: string, listener: () => void): void {
      if (event === "buffer") this.onBuffer.push(listener);
    }

    /** Without `repeat` both buffers are filled once. */
    startInput(_pin: { readonly gpio: number }, hz: number, { repeat = false } = {}): void {
      let left = repeat ? Infinity : 2;
      this.timer = start.every(this.samples * (Math.floor(1e6 / hz) - FAST_US), () => {
        for (const listener of this.onBuffer) listener();
        if (--left === 0) this.stop();
      });
    }

    stop(): void {
      start.cancel(this.timer);
    }
  };
}
