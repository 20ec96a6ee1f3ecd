// SPDX-License-Identifier: Apache-2.0
// Samples of a file that fit in memory, to play again; lightline decode reads files of any length (bench/light/light-file.ts).
import type { LightSource } from "../hal/sim/models/light-channel.js";
import { lightsOf } from "./light/read/light-file.js";
import { invalid, Source } from "./light/read/source.js";

export interface Capture {
  readonly file: string;
  readonly sampleHz: number;
  /** 0 to 255 each. */
  readonly samples: Uint8Array;
}

/** @throws UserError CAPTURE_UNREADABLE or CAPTURE_INVALID */
export function readCapture(file: string): Capture {
  for (const { light } of lightsOf(new Source(file))) {
    if (light.form !== "samples") break;
    const samples = Array.from(light.pieces, (piece) => Uint8Array.from(piece));
    return { file, sampleHz: light.sampleHz, samples: new Uint8Array(Buffer.concat(samples)) };
  }
  throw invalid(file, 'its kind must be "symbols" or "samples"');
}

/** The capture as light that begins at a time and stays at its last level. */
export function captureLight(capture: Capture, startUs: number): LightSource {
  const { samples, sampleHz } = capture;
  const last = samples.length - 1;
  const indexAt = (timeUs: number): number =>
    Math.min(last, Math.max(0, Math.floor(((timeUs - startUs) * sampleHz) / 1e6)));
  return {
    middle: (samples.reduce((a, b) => Math.min(a, b)) + samples.reduce((a, b) => Math.max(a, b))) / 510,
    driveAt: (timeUs) => (samples[indexAt(timeUs)] as number) / 255,
    follow(clock, changed) {
      let task = 0;
      const wait = (): void => {
        let next = indexAt(clock.nowUs) + 1;
        while (next < last && samples[next] === samples[next - 1]) next++;
        // A microsecond into the sample: the one before is over, however its end was rounded.
        if (next <= last) task = clock.after(startUs + (next * 1e6) / sampleHz + 1 - clock.nowUs, step);
      };
      const step = (): void => {
        wait();
        changed();
      };
      wait();
      return () => clock.cancel(task);
    },
  };
}
