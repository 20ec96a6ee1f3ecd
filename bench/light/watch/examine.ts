// SPDX-License-Identifier: Apache-2.0
// Light through a watched receiver: what it says, and all that is to be known of it.
import type { Decoded } from "../../decode.js";
import { decodeLight } from "../../decode.js";
import { KeptLight } from "../read/kept-light.js";
import type { LightReport } from "../tune/light-report.js";
import { reportOnFrames, reportOnRuns, reportOnSamples } from "../tune/light-report.js";
import type { Light } from "../read/light.js";
import { Probe } from "./probe.js";

export interface Examined {
  readonly decoded: Decoded;
  readonly probe: Probe;
  readonly report: LightReport;
  /** What is measured, with all of it unless it was very long. */
  readonly kept: KeptLight;
}

/** Nearly nine minutes at 1 kHz. */
const MOST_MEASURED = 1 << 19;

/** `resistorOhm`: the sensor's load, for advice on another. */
export function examine(light: Light, resistorOhm?: number): Examined {
  const probe = new Probe();
  const kept = new KeptLight(MOST_MEASURED);
  const passing = light.form === "samples" || light.form === "edges" ? kept.of(light) : light;
  const decoded = decodeLight(passing, probe);
  probe.end();
  const { frames } = probe;
  const known = { frames, ...(resistorOhm !== undefined && { resistorOhm }) };
  switch (light.form) {
    case "samples": {
      const seconds = kept.count / light.sampleHz;
      return { decoded, probe, kept, report: reportOnSamples(kept.samples(), light.sampleHz, { ...known, seconds }) };
    }
    case "edges":
      return { decoded, probe, kept, report: reportOnRuns(kept.runs(), { ...known, seconds: probe.lightS }) };
    default:
      return { decoded, probe, kept, report: reportOnFrames(known) };
  }
}
