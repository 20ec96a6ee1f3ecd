// SPDX-License-Identifier: Apache-2.0
// General-purpose pins over the model's.
import type { Pins } from "../pins.js";
import { PinMode } from "../pins.js";
import type { Start } from "./models/chip.js";

export function openPins({ pins }: Start): Pins {
  return {
    configure(gpio, mode) {
      if (mode !== PinMode.Output && mode !== PinMode.OpenDrain) pins.release(gpio, mode === PinMode.InputPullDown);
    },
    read: (gpio) => (pins.read(gpio) ? 1 : 0),
    write: (gpio, level) => pins.write(gpio, level !== 0),
    watch: (gpio, run) => pins.watch({ gpio, edge: "both", repeat: true, debounceMs: 0, run }),
    unwatch: (watch) => pins.unwatch(watch),
    analog: (gpio) => Math.round(pins.analog(gpio) * 65535),
  };
}
