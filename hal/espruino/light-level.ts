// SPDX-License-Identifier: Apache-2.0
// One reading of the light pin.
import type { LightLevel } from "../light-level.js";

export function openLightLevel(gpio: number, sampleHz: number, inverted: boolean): LightLevel {
  const pin = new Pin(gpio);
  return {
    level() {
      const level = sampleHz ? analogRead(pin) : pin.read() ? 1 : 0;
      return Math.round((inverted ? 1 - level : level) * 65535);
    },
  };
}
