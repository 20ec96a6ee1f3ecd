// SPDX-License-Identifier: Apache-2.0
// The converter read by the timer's interrupt itself, which no firmware uses before it was seen to work here: it may restart the board.
import { board } from "lightline:board";
import type { Phase } from "../device/self-test.js";
import { measurePace, sampleHz } from "./pace.js";

const BUFFER_SAMPLES = 64;
const BUFFERS = 8;

let stop: (() => void) | undefined;

export const phase: Phase = {
  name: "sampler-waveform",
  timeoutMs: 5000,
  run(test) {
    if (typeof Waveform === "undefined" || !board.light.sampleHz) {
      test.absent("a Waveform that reads the light sensor");
      return;
    }
    const wave = new Waveform(BUFFER_SAMPLES, { doubleBuffer: true, bits: 16 });
    const times = new Float64Array(BUFFERS);
    let count = 0;
    wave.on("buffer", () => {
      if (count < BUFFERS) times[count++] = getTime();
      if (count < BUFFERS || !stop) return;
      stop();
      measurePace(test, times, BUFFER_SAMPLES);
      test.done();
    });
    stop = () => {
      stop = undefined;
      wave.stop();
    };
    wave.startInput(new Pin(board.light.pin), sampleHz, { repeat: true });
  },
  teardown() {
    if (stop) stop();
  },
};
