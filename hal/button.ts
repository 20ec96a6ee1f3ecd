// SPDX-License-Identifier: Apache-2.0
// The operator's button.

/** Given as GPIO: there is no rescue pin. */
export const NO_RESCUE_GPIO = 255;

export interface Button {
  /** Calls back once a press, debounced. One handler. */
  onPress(handler: () => void): void;
  /** True while the rescue pin is held: the board's, or the one given as GPIO and the level that means held. */
  rescueHeld(given: Uint8Array | undefined): boolean;
}
