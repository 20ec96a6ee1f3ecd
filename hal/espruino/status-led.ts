// SPDX-License-Identifier: Apache-2.0
// Two LEDs, or the two halves of one.
import type { StatusLed } from "../status-led.js";

export class PinLed implements StatusLed {
  _red: Pin;
  _green: Pin;
  _activeLow: boolean;

  constructor(red: number, green: number, activeLow: boolean) {
    this._red = new Pin(red);
    this._green = new Pin(green);
    this._activeLow = activeLow;
  }

  show(colour: string): void {
    this._red.write((colour === "R" || colour === "A") !== this._activeLow);
    this._green.write((colour === "G" || colour === "A") !== this._activeLow);
  }
}
