// SPDX-License-Identifier: Apache-2.0
// The operator's button and the rescue pin; a pin below zero is not fitted.
import type { Button } from "../button.js";
import { NO_RESCUE_GPIO } from "../button.js";

const DEBOUNCE_MS = 25;

export function openButton(gpio: number, activeLow: boolean, rescueGpio: number): Button {
  return {
    onPress(handler) {
      if (gpio < 0) return;
      const edge = activeLow ? "falling" : "rising";
      setWatch(handler, new Pin(gpio), { repeat: true, edge, debounce: DEBOUNCE_MS });
    },
    rescueHeld(given) {
      const at = given ? (given[0] as number) : rescueGpio;
      const held = given ? given[1] : 0;
      if (at < 0 || at === NO_RESCUE_GPIO) return false;
      const pin = new Pin(at);
      pin.mode(held ? "input_pulldown" : "input_pullup");
      return pin.read() === !!held;
    },
  };
}
