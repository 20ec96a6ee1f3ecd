// SPDX-License-Identifier: Apache-2.0
// How bright it is at the light sensor.

export interface LightLevel {
  /** One reading now, 0..65535, brighter is higher; a comparator knows 0 and 65535. */
  level(): number;
}
