// SPDX-License-Identifier: Apache-2.0
// Ambient light at the receiver, in blocks of evenly spaced samples.
import type { ErrorCode } from "./error.js";

export interface LightSensor {
  readonly sampleHz: number;
  /** Times that light was lost because the program was too slow for it. */
  readonly lost: number;
  /**
   * Samples are 0..255, brighter is higher; a block holds at most 256. Sampling goes on while a block is looked at, and five more
   * may wait; the array is reused: copy what you keep.
   */
  start(onBlock: (samples: Uint8Array, count: number) => void): ErrorCode;
  stop(): void;
}
