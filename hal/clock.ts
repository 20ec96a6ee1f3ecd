// SPDX-License-Identifier: Apache-2.0
// Time since start.

export interface Clock {
  millis(): number;
  micros(): number;
}
