// SPDX-License-Identifier: Apache-2.0
// Light at the receiver through a comparator, as the runs between its edges.
import type { ErrorCode } from "./error.js";

export interface EdgeSensor {
  /** Times that edges were lost because the program was too slow for them. */
  readonly lost: number;
  /**
   * Runs are microseconds of one light, lit above zero, dark below, that ended at an edge; after a second without one, what has passed is a
   * run too. Two of the same light in a row are one that was cut so, or that an edge was lost or made up in. They come at most 32 at a
   * time, soon after their edges; the array is reused: copy what you keep.
   */
  start(onRuns: (runs: Int32Array, count: number) => void): ErrorCode;
  stop(): void;
}
