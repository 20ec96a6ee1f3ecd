// SPDX-License-Identifier: Apache-2.0
// Light from a pin, each edge at its time.
import type { Emitter } from "../emitter.js";
import { ErrorCode } from "../error.js";
import type { Start } from "./models/chip.js";

export function openEmitter(start: Start): Emitter {
  let playing = false;
  return {
    play(gpio, litLevel, runs, symbolUs, done) {
      if (playing) return ErrorCode.Busy;
      playing = true;
      start.pins.write(gpio, !litLevel);
      let at = 0;
      const next = (): void => {
        if (at === runs.length) {
          playing = false;
          start.pins.write(gpio, !litLevel);
          done(ErrorCode.Ok);
          return;
        }
        start.pins.write(gpio, at % 2 === 0 ? !!litLevel : !litLevel);
        start.later((runs[at++] as number) * symbolUs, next);
      };
      start.later(0, next);
      return ErrorCode.Ok;
    },
  };
}
