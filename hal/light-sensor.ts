// SPDX-License-Identifier: Apache-2.0
// Ambient light at the receiver, in blocks of evenly spaced samples.
import type { ErrorCode } from "./error.js";

export interface LightSensor {
  readonly sampleHz: number;
  /** Blocks that were lost because the program was too slow for them. */
  readonly lost: number;
  /**
   * Samples are 0..255, brighter is higher; a block holds at most 256. Sampling goes on while a block is looked at, until the next is
   * full; the array is reused: copy what you keep.
   */
  start(onBlock: (samples: Uint8Array, count: number) => void): ErrorCode;
  stop(): void;
}
