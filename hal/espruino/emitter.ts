// SPDX-License-Identifier: Apache-2.0
// Light from the fixture's LED, timed by the hardware timer behind digitalPulse.
import type { Emitter } from "../emitter.js";
import { ErrorCode } from "../error.js";

/** digitalPulse blocks JavaScript once its 16 timer slots are full: hand over half of them at a time. */
const PULSES_A_CHUNK = 8;

let playing = false;

export const emitter: Emitter = {
  play(gpio, litLevel, runs, symbolUs, done) {
    if (playing) return ErrorCode.Busy;
    playing = true;
    const pin = new Pin(gpio);
    pin.write(1 - litLevel);
    // Each pulse ends in the opposite level: the dark tail is no pulse, but time.
    const last = runs.length - 1;
    let at = 0;
    let endMs = 0;
    const next = () => {
      const pulses: number[] = [];
      while (at < last && pulses.length < PULSES_A_CHUNK) {
        const ms = ((runs[at++] as number) * symbolUs) / 1000;
        pulses.push(ms);
        endMs += ms;
      }
      if (pulses.length) {
        digitalPulse(pin, litLevel, pulses);
        // Half a symbol before the last pulse ends, however late this ran.
        setTimeout(next, endMs - getTime() * 1000 - symbolUs / 2000);
        return;
      }
      setTimeout(
        () => {
          playing = false;
          done(ErrorCode.Ok);
        },
        ((runs[last] as number) * symbolUs) / 1000,
      );
    };
    setTimeout(() => {
      endMs = getTime() * 1000;
      next();
    }, 0);
    return ErrorCode.Ok;
  },
};
