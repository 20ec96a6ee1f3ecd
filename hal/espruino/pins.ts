// SPDX-License-Identifier: Apache-2.0
// General-purpose pins.
import type { Pins } from "../pins.js";
import { PinMode } from "../pins.js";

export const pins: Pins = {
  configure(gpio, mode) {
    new Pin(gpio).mode(
      mode === PinMode.Output
        ? "output"
        : mode === PinMode.Analog
          ? "analog"
          : mode === PinMode.InputPullUp
            ? "input_pullup"
            : "input",
    );
  },
  read: (gpio) => (new Pin(gpio).read() ? 1 : 0),
  write: (gpio, level) => new Pin(gpio).write(level),
  analog: (gpio) => Math.round(analogRead(new Pin(gpio)) * 65535),
};
