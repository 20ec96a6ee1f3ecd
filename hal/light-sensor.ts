// SPDX-License-Identifier: Apache-2.0
// Ambient light at the receiver, in blocks of evenly spaced samples.
import type { ErrorCode } from "./error.js";

export interface LightSensor {
  readonly sampleHz: number;
  /** Samples are 0..255, brighter is higher; a block holds at most 256 and is reused: copy what you keep. */
  start(onBlock: (samples: Uint8Array, count: number) => void): ErrorCode;
  stop(): void;
  /** One reading now, 0..65535, brighter is higher. */
  level(): number;
}
