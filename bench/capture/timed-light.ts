// SPDX-License-Identifier: Apache-2.0
// Light that begins and ends: a file's, as a converter or a comparator saw it, or a show.
import type { LightSource } from "../../hal/sim/models/light-channel.js";
import { captureLight } from "../capture-file.js";
import { lightsOf } from "../light/read/light-file.js";
import { invalid, Source } from "../light/read/source.js";
import type { Show } from "../send/show.js";
import { secondsOf } from "../send/show.js";

export interface TimedLight {
  /** The light, when it begins at a time in microseconds. */
  readonly source: (startUs: number) => LightSource;
  readonly seconds: number;
}

export function showLight(show: Show): TimedLight {
  const { drives, rateHz } = show;
  const driveAt = (us: number) => drives[Math.floor((us * rateHz) / 1e6)] ?? 0;
  return { source: (startUs) => ({ driveAt: (timeUs) => driveAt(timeUs - startUs) }), seconds: secondsOf(show) };
}

/** @throws UserError CAPTURE_UNREADABLE or CAPTURE_INVALID */
export function fileLight(file: string): TimedLight {
  const [named] = lightsOf(new Source(file));
  switch (named?.light.form) {
    case "samples":
      return samplesLight(
        file,
        named.light.sampleHz,
        Array.from(named.light.pieces, (piece) => Uint8Array.from(piece)),
      );
    case "edges":
      return runsLight(Array.from(named.light.pieces, (piece) => Array.from(piece)).flat());
  }
  throw invalid(file, 'its kind must be "symbols", "samples" or "edges"');
}

function samplesLight(file: string, sampleHz: number, pieces: readonly Uint8Array[]): TimedLight {
  const samples = new Uint8Array(Buffer.concat(pieces));
  return {
    source: (startUs) => captureLight({ file, sampleHz, samples }, startUs),
    seconds: samples.length / sampleHz,
  };
}

/** Dark before and after. */
function runsLight(runs: readonly number[]): TimedLight {
  const lengths = runs.map(Math.abs);
  return {
    source: (startUs) => {
      let at = 0;
      let endUs = startUs + (lengths[0] ?? 0);
      return {
        driveAt(timeUs) {
          while (at < runs.length && timeUs >= endUs) endUs += lengths[++at] ?? Infinity;
          return timeUs >= startUs && (runs[at] ?? 0) > 0 ? 1 : 0;
        },
      };
    },
    seconds: lengths.reduce((sum, us) => sum + us, 0) / 1e6,
  };
}
