// SPDX-License-Identifier: Apache-2.0
// Two LEDs on the model's pins.
import type { StatusLed } from "../status-led.js";
import type { Start } from "./models/chip.js";

export function openStatusLed({ pins }: Start, red: number, green: number, activeLow: boolean): StatusLed {
  return {
    show(colour) {
      pins.write(red, (colour === "R" || colour === "A") !== activeLow);
      pins.write(green, (colour === "G" || colour === "A") !== activeLow);
    },
  };
}
