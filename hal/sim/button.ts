// SPDX-License-Identifier: Apache-2.0
// The operator's button and the rescue pin on the model's pins; a pin below zero is not fitted.
import type { Button } from "../button.js";
import { NO_RESCUE_GPIO } from "../button.js";
import type { Start } from "./models/chip.js";

const DEBOUNCE_MS = 25;

export function openButton({ pins }: Start, gpio: number, activeLow: boolean, rescueGpio: number): Button {
  return {
    onPress(handler) {
      const edge = activeLow ? "falling" : "rising";
      if (gpio >= 0) pins.watch({ gpio, edge, repeat: true, debounceMs: DEBOUNCE_MS, run: handler });
    },
    rescueHeld(given) {
      const [at, held] = given ?? [rescueGpio, 0];
      if (at === undefined || at < 0 || at === NO_RESCUE_GPIO) return false;
      pins.release(at, held === 1);
      return pins.read(at) === (held === 1);
    },
  };
}
