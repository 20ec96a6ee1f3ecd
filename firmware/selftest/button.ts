// SPDX-License-Identifier: Apache-2.0
// The button is not held down; where somebody is there to press it, it is heard.
import { board } from "lightline:board";
import { options } from "lightline:selftest-options";
import type { Phase } from "../device/self-test.js";

const DEBOUNCE_MS = 25;

let watch = 0;

export const phase: Phase = {
  name: "button",
  timeoutMs: 20000,
  run(test) {
    const gpio = board.button.pin;
    const activeLow = board.button.activeLow;
    if (gpio < 0) {
      test.absent("a button");
      return;
    }
    const pin = new Pin(gpio);
    // As the firmware's own watch has it.
    pin.mode("input_pullup");
    test.measure("held", pin.read() === activeLow ? 0 : 1);
    if (!options.press) {
      test.done();
      return;
    }
    const edge = activeLow ? "falling" : "rising";
    watch = setWatch(() => test.done(), pin, { repeat: false, edge, debounce: DEBOUNCE_MS });
  },
  teardown() {
    if (watch) clearWatch(watch);
    watch = 0;
  },
};
