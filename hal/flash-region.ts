// SPDX-License-Identifier: Apache-2.0
// A NOR region. Erased bytes read 0xFF; programming only clears bits.
import type { ErrorCode } from "./error.js";

/**
 * Power lost during `program`: those bytes are undefined. During `erase`: that page is undefined. Nothing else changes.
 * Offsets are bytes from the start of the region; program offsets and lengths are multiples of 4.
 */
export interface FlashRegion {
  readonly pageSize: number;
  readonly pageCount: number;
  /** A fresh copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array;
  program(offset: number, bytes: Uint8Array): ErrorCode;
  erase(page: number): ErrorCode;
}
