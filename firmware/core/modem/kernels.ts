// SPDX-License-Identifier: Apache-2.0
// Filters that fit symbols, of gain 1.

const SLOW_HZ = 300;
const LONGEST_KERNEL_S = 0.018;
const FAST_HZ = 142;
const PROBE_HZ = 65;
const PROBE_S = 0.1;
const PROBE_MOST = 127;
/** What a probe's product is of a wave's height, a sample of its length: both fade by half, and so does a wave times itself. */
export const PROBE_GAIN = PROBE_MOST / 4;

/** Samples from one value of the slow filter to the next. */
export function slowStep(sampleHz: number): number {
  return Math.max(1, Math.round(sampleHz / SLOW_HZ));
}

/**
 * Nearly matched to symbols at 60 a second, blind to lamps on mains of 50 and of 60 Hz: means over a step, then five taps with zeros at 100
 * and 120 Hz; or three with one between them, where five would be longer than a symbol.
 */
export function slowKernel(sampleHz: number): Float32Array {
  const step = slowStep(sampleHz);
  const zeroAt = (hz: number) => -2 * Math.cos((2 * Math.PI * hz * step) / sampleHz);
  const five = 5 * step < sampleHz * LONGEST_KERNEL_S;
  const near = zeroAt(100);
  const far = zeroAt(120);
  const kernel = new Float32Array((five ? 5 : 3) * step);
  kernel.fill(1);
  if (five) {
    kernel.fill(near + far, step, 4 * step);
    kernel.fill(2 + near * far, 2 * step, 3 * step);
  } else kernel.fill(zeroAt(110), step, 2 * step);
  let gain = 0;
  for (let i = 0; i < kernel.length; i++) gain += kernel[i] as number;
  for (let i = 0; i < kernel.length; i++) kernel[i] = (kernel[i] as number) / gain;
  return kernel;
}

/** The mean of a symbol at 142 a second. */
export function fastKernel(sampleHz: number): Float32Array {
  return meanKernel(Math.round(sampleHz / FAST_HZ));
}

/** A tenth of a second's wave of 65 Hz, faded in and out: the preambles of fast light, at 60 and 71 Hz, and not lamps at 100. In bytes. */
export function probeKernel(sampleHz: number, phase: number): Int8Array {
  const kernel = new Int8Array(Math.round(sampleHz * PROBE_S));
  for (let i = 0; i < kernel.length; i++)
    kernel[i] = Math.round(
      ((1 - Math.cos((2 * Math.PI * (i + 0.5)) / kernel.length)) / 2) *
        Math.cos((2 * Math.PI * PROBE_HZ * i) / sampleHz + phase) *
        PROBE_MOST,
    );
  return kernel;
}

/** The mean of so many samples: blind to what has whole periods in them. */
export function meanKernel(samples: number): Float32Array {
  const length = samples < 1 ? 1 : samples;
  const kernel = new Float32Array(length);
  kernel.fill(1 / length);
  return kernel;
}
