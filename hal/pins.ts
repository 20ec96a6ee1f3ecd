// SPDX-License-Identifier: Apache-2.0
// General-purpose pins, for product scripts.

export const enum PinMode {
  Input = 0,
  InputPullUp = 1,
  Output = 2,
  Analog = 3,
  InputPullDown = 4,
  OpenDrain = 5,
}

export interface Pins {
  configure(gpio: number, mode: PinMode): void;
  /** 0 or 1. */
  read(gpio: number): number;
  write(gpio: number, level: number): void;
  /** 0..65535; pins of the first converter only. */
  analog(gpio: number): number;
  /** Calls back after each edge until `unwatch`. It takes the pin's mode: configure it afterwards. */
  watch(gpio: number, onEdge: () => void): number;
  unwatch(watch: number): void;
}
