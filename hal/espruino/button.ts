// SPDX-License-Identifier: Apache-2.0
// The operator's button and the rescue pin; a pin below zero is not fitted.
import type { Button } from "../button.js";
import { NO_RESCUE_GPIO } from "../button.js";

const DEBOUNCE_MS = 25;

export class PinButton implements Button {
  _gpio: number;
  _activeLow: boolean;
  _rescueGpio: number;

  constructor(gpio: number, activeLow: boolean, rescueGpio: number) {
    this._gpio = gpio;
    this._activeLow = activeLow;
    this._rescueGpio = rescueGpio;
  }

  onPress(handler: () => void): void {
    if (this._gpio < 0) return;
    const edge = this._activeLow ? "falling" : "rising";
    setWatch(handler, new Pin(this._gpio), { repeat: true, edge, debounce: DEBOUNCE_MS });
  }

  rescueHeld(given: Uint8Array | undefined): boolean {
    const at = given ? (given[0] as number) : this._rescueGpio;
    const held = given ? given[1] : 0;
    if (at < 0 || at === NO_RESCUE_GPIO) return false;
    const pin = new Pin(at);
    pin.mode(held ? "input_pulldown" : "input_pullup");
    return pin.read() === !!held;
  }
}
