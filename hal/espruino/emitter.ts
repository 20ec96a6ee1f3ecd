// SPDX-License-Identifier: Apache-2.0
// Light from the fixture's LED, on a hardware timer's pace: slow light by a tick a symbol, fast light as one train of pulses.
import type { Emitter } from "../emitter.js";
import { ErrorCode } from "../error.js";
import { startTicks } from "./ticks.js";

/** Faster symbols go out as a train: JavaScript waits for it, but no symbol waits for JavaScript. */
const SLOWEST_TRAIN_US = 4000;

let playing = false;

export const emitter: Emitter = {
  play(gpio, litLevel, runs, symbolUs, done) {
    if (playing) return ErrorCode.Busy;
    playing = true;
    const pin = new Pin(gpio);
    pin.write(1 - litLevel);
    const end = () => {
      playing = false;
      done(ErrorCode.Ok);
    };
    if (symbolUs < SLOWEST_TRAIN_US) setTimeout(() => playTrain(pin, litLevel, runs, symbolUs, end), 0);
    else playTicks(pin, litLevel, runs, symbolUs, end);
    return ErrorCode.Ok;
  },
};

/** In one call: pulses of a second one would begin late, by the time since the timer's last event. */
function playTrain(pin: Pin, litLevel: number, runs: Uint16Array, symbolUs: number, end: () => void): void {
  // Each pulse ends in the opposite level: the dark tail is no pulse, but time.
  const pulses = new Float32Array(runs.length - 1);
  let endMs = getTime() * 1000 + ((runs[pulses.length] as number) * symbolUs) / 1000;
  for (let i = 0; i < pulses.length; i++) {
    pulses[i] = ((runs[i] as number) * symbolUs) / 1000;
    endMs += pulses[i] as number;
  }
  digitalPulse(pin, litLevel, pulses);
  setTimeout(end, endMs - getTime() * 1000);
}

function playTicks(pin: Pin, litLevel: number, runs: Uint16Array, symbolUs: number, end: () => void): void {
  let at = -1;
  let left = 0;
  const stop = startTicks(() => {
    if (left--) return;
    if (++at < runs.length) {
      left = (runs[at] as number) - 1;
      pin.write(at & 1 ? 1 - litLevel : litLevel);
    } else if (at === runs.length) {
      left = 0;
      setTimeout(finish, 0);
    } else left = 0;
  }, symbolUs / 1000);
  const finish = () => {
    stop();
    end();
  };
}
