// SPDX-License-Identifier: Apache-2.0
// General-purpose pins.
import type { Pins } from "../pins.js";

/** By PinMode. */
const MODES = "input input_pullup output analog input_pulldown opendrain";

export const pins: Pins = {
  configure(gpio, mode) {
    new Pin(gpio).mode(MODES.split(" ")[mode] as EspruinoPinMode);
  },
  read: (gpio) => (new Pin(gpio).read() ? 1 : 0),
  write: (gpio, level) => new Pin(gpio).write(level),
  analog: (gpio) => Math.round(analogRead(new Pin(gpio)) * 65535),
  watch: (gpio, onEdge) => setWatch(onEdge, new Pin(gpio), { repeat: true, edge: "both", debounce: 0 }),
  unwatch: (watch) => clearWatch(watch),
};
