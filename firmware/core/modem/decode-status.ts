// SPDX-License-Identifier: Apache-2.0
// What a block of light brought, by the gate that decided.

export const enum DecodeStatus {
  Pending = 0,
  Complete = 1,
  BadLength = 2,
  BadCheck = 3,
  BadField = 4,
}
