// SPDX-License-Identifier: Apache-2.0
// Two LEDs, or the two halves of one.
import type { StatusLed } from "../status-led.js";

export function openStatusLed(red: number, green: number, activeLow: boolean): StatusLed {
  const redPin = new Pin(red);
  const greenPin = new Pin(green);
  return {
    show(colour) {
      redPin.write((colour === "R" || colour === "A") !== activeLow);
      greenPin.write((colour === "G" || colour === "A") !== activeLow);
    },
  };
}
