// SPDX-License-Identifier: Apache-2.0
// The operator's button and the rescue pin; a pin below zero is not fitted.
import type { Button } from "../button.js";

const DEBOUNCE_MS = 25;

export function openButton(gpio: number, activeLow: boolean, rescueGpio: number): Button {
  return {
    onPress(handler) {
      if (gpio < 0) return;
      const edge = activeLow ? "falling" : "rising";
      setWatch(handler, new Pin(gpio), { repeat: true, edge, debounce: DEBOUNCE_MS });
    },
    rescueHeld() {
      if (rescueGpio < 0) return false;
      const pin = new Pin(rescueGpio);
      pin.mode("input_pullup");
      return !pin.read();
    },
  };
}
