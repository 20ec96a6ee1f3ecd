// SPDX-License-Identifier: Apache-2.0
// One reading of the light channel.
import type { LightLevel } from "../light-level.js";
import type { Start } from "./models/chip.js";

export function openLightLevel({ pins }: Start, gpio: number, sampleHz: number, inverted: boolean): LightLevel {
  return {
    level() {
      const level = sampleHz ? pins.analog(gpio) : pins.read(gpio) ? 1 : 0;
      return Math.round((inverted ? 1 - level : level) * 65535);
    },
  };
}
