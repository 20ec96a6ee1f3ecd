// SPDX-License-Identifier: Apache-2.0
// The operator's button.

export interface Button {
  /** Calls back once a press, debounced. One handler. */
  onPress(handler: () => void): void;
  /** True while the rescue pin is held. */
  rescueHeld(): boolean;
}
