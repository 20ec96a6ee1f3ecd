// SPDX-License-Identifier: Apache-2.0
// The light sensor: its level in the dark of the board's own LEDs and by their light, its noise, the lamps' ripple. In per cent of full scale.
import { board } from "lightline:board";
import type { Phase } from "../device/self-test.js";
import { light, openLamps, restore } from "./lamps.js";

/** Whole periods of either ripple in so many samples. */
const SAMPLE_HZ = 400;
const SAMPLES = 200;
const RIPPLES_HZ = [100, 120];
/** Of the sensor, and of what stands still after the LEDs change. */
const SETTLE_MS = 100;

let lamps: ReturnType<typeof openLamps> = [];
let ticks = 0;

function level(pin: Pin): number {
  const seen = board.light.sampleHz ? analogRead(pin) : pin.read() ? 1 : 0;
  return board.light.inverted ? 1 - seen : seen;
}

/** Samples at a steady pace by the interpreter's timer, which every firmware has. */
function sample(done: (samples: Float32Array) => void): void {
  const pin = new Pin(board.light.pin);
  const samples = new Float32Array(SAMPLES);
  let count = 0;
  ticks = setInterval(() => {
    if (count < SAMPLES) samples[count++] = level(pin);
    if (count < SAMPLES) return;
    stop();
    done(samples);
  }, 1000 / SAMPLE_HZ);
}

function stop(): void {
  if (ticks) clearInterval(ticks);
  ticks = 0;
}

const meanOf = (samples: Float32Array): number => E.sum(samples) / SAMPLES;

/** Amplitude at one frequency. */
function amplitudeAt(hz: number, samples: Float32Array): number {
  let inPhase = 0;
  let across = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const angle = (2 * Math.PI * hz * i) / SAMPLE_HZ;
    inPhase += samples[i]! * Math.cos(angle);
    across += samples[i]! * Math.sin(angle);
  }
  return (2 * Math.sqrt(inPhase * inPhase + across * across)) / SAMPLES;
}

export const phase: Phase = {
  name: "light",
  timeoutMs: 20000,
  retries: 1,
  run(test) {
    lamps = openLamps();
    light(lamps, false);
    setTimeout(() => {
      sample((samples) => {
        const dark = meanOf(samples);
        test.measure("dark", dark * 100);
        const variance = E.variance(samples, dark) / SAMPLES;
        let ripple = 0;
        for (let i = 0; i < RIPPLES_HZ.length; i++) ripple = Math.max(ripple, amplitudeAt(RIPPLES_HZ[i]!, samples));
        test.measure("ripple", ripple * 100);
        test.measure("noise", Math.sqrt(Math.max(0, variance - (ripple * ripple) / 2)) * 100);
        light(lamps, true);
        setTimeout(() => {
          sample((lit) => {
            test.measure("rise by its own LEDs", (meanOf(lit) - dark) * 100);
            test.done();
          });
        }, SETTLE_MS);
      });
    }, SETTLE_MS);
  },
  teardown() {
    stop();
    restore(lamps);
    lamps = [];
  },
};
