// SPDX-License-Identifier: Apache-2.0
// What a virtual board's sensor sees of light: a converter's samples, or a comparator's runs.
import type { ChannelOptions } from "../../hal/sim/models/light-channel.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import type { Captured } from "./captured.js";
import { capturedEdges, capturedSamples } from "./captured.js";
import type { TimedLight } from "./timed-light.js";

/** The board looks so long before the light begins and after it. */
const BEFORE_S = 0.5;
const AFTER_S = 1;
/** Finer than any jitter that a receiver minds. */
const COMPARATOR_STEP_US = 10;
const CONVERTER_STEPS = 4096;

/** Samples at a rate, or a comparator's runs without one. */
export function captureVirtual(light: TimedLight, room: ChannelOptions, sampleHz: number | undefined): Captured {
  const channel = new LightChannel(room);
  channel.source = light.source(BEFORE_S * 1e6);
  const seconds = BEFORE_S + light.seconds + AFTER_S;
  const provenance = `virtual board: ${JSON.stringify(room)}`;
  if (sampleHz === undefined) return capturedEdges({ runs: watch(channel, seconds), overflowed: false }, provenance);
  return capturedSamples({ samples: sample(channel, sampleHz, seconds), sampleHz }, provenance);
}

/** 0 to 255 each, as the firmware makes them of a 12-bit converter's values. */
function sample(channel: LightChannel, sampleHz: number, seconds: number): Uint8Array {
  return Uint8Array.from({ length: Math.round(seconds * sampleHz) }, (_, i) => {
    const steps = Math.round(channel.levelAt((i * 1e6) / sampleHz) * (CONVERTER_STEPS - 1));
    return Math.floor((steps / CONVERTER_STEPS) * 255);
  });
}

/** Microseconds, lit ones above zero; the last is the one that was under way. */
function watch(channel: LightChannel, seconds: number): number[] {
  const runs: number[] = [];
  const endUs = Math.round(seconds * 1e6);
  let lit = channel.isBright(0);
  let lastUs = 0;
  const end = (us: number) => {
    runs.push(lit ? us - lastUs : lastUs - us);
    lit = !lit;
    lastUs = us;
  };
  for (let us = COMPARATOR_STEP_US; us < endUs; us += COMPARATOR_STEP_US) if (channel.isBright(us) !== lit) end(us);
  end(endUs);
  return runs;
}
