// SPDX-License-Identifier: Apache-2.0
// Filters that fit symbols, of gain 1.

const SLOW_HZ = 300;
const FAST_HZ = 142;
const PROBE_HZ = 65;
const PROBE_S = 0.1;

/** Samples from one value of the slow filter to the next. */
export function slowStep(sampleHz: number): number {
  return Math.max(1, Math.round(sampleHz / SLOW_HZ));
}

/**
 * Nearly matched to symbols at 60 a second, blind to lamps on mains of 50 and of 60 Hz: means over a step, then five taps with zeros at 100
 * and 120 Hz.
 */
export function slowKernel(sampleHz: number): Float32Array {
  const step = slowStep(sampleHz);
  const near = -2 * Math.cos((200 * Math.PI * step) / sampleHz);
  const far = -2 * Math.cos((240 * Math.PI * step) / sampleHz);
  const gain = step * (4 + 2 * (near + far) + near * far);
  const kernel = new Float32Array(5 * step);
  kernel.fill(1 / gain);
  kernel.fill((near + far) / gain, step, 4 * step);
  kernel.fill((2 + near * far) / gain, 2 * step, 3 * step);
  return kernel;
}

/** The mean of a symbol at 142 a second. */
export function fastKernel(sampleHz: number): Float32Array {
  return meanKernel(Math.round(sampleHz / FAST_HZ));
}

/** A tenth of a second's wave of 65 Hz, faded in and out: the preambles of fast light, at 60 and 71 Hz, and not lamps at 100. */
export function probeKernel(sampleHz: number, phase: number): Float32Array {
  const kernel = new Float32Array(Math.round(sampleHz * PROBE_S));
  for (let i = 0; i < kernel.length; i++)
    kernel[i] =
      ((1 - Math.cos((2 * Math.PI * (i + 0.5)) / kernel.length)) *
        2 *
        Math.cos((2 * Math.PI * PROBE_HZ * i) / sampleHz + phase)) /
      kernel.length;
  return kernel;
}

/** The mean of so many samples: blind to what has whole periods in them. */
export function meanKernel(samples: number): Float32Array {
  const length = samples < 1 ? 1 : samples;
  const kernel = new Float32Array(length);
  kernel.fill(1 / length);
  return kernel;
}
