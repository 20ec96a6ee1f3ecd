// SPDX-License-Identifier: Apache-2.0
// General-purpose pins over the model's.
import type { Pins } from "../pins.js";
import { PinMode } from "../pins.js";
import type { Start } from "./models/chip.js";

export function openPins({ pins }: Start): Pins {
  return {
    configure(gpio, mode) {
      if (mode !== PinMode.Output) pins.release(gpio);
    },
    read: (gpio) => (pins.read(gpio) ? 1 : 0),
    write: (gpio, level) => pins.write(gpio, level !== 0),
    analog: (gpio) => Math.round(pins.analog(gpio) * 65535),
  };
}
