// SPDX-License-Identifier: Apache-2.0
// The board's own LEDs: each lit or not, and put back as they were.
import { board } from "lightline:board";

interface Lamp {
  readonly pin: Pin;
  readonly activeLow: boolean;
  readonly was: boolean;
}

const openLamp = (gpio: number, activeLow: boolean): Lamp => {
  const pin = new Pin(gpio);
  return { pin, activeLow, was: pin.read() };
};

export function openLamps(): Lamp[] {
  const led = board.led;
  const emitter = board.emitter;
  const lamps = [openLamp(led.red, led.activeLow)];
  if (led.green !== led.red) lamps.push(openLamp(led.green, led.activeLow));
  if (emitter.pin >= 0) lamps.push(openLamp(emitter.pin, emitter.activeLow));
  return lamps;
}

export function light(lamps: readonly Lamp[], isLit: boolean): void {
  for (let i = 0; i < lamps.length; i++) lamps[i]!.pin.write(isLit !== lamps[i]!.activeLow);
}

export function restore(lamps: readonly Lamp[]): void {
  for (let i = 0; i < lamps.length; i++) lamps[i]!.pin.write(lamps[i]!.was);
}
