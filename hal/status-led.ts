// SPDX-License-Identifier: Apache-2.0
// The two-colour status LED; amber is red and green together.

export interface StatusLed {
  /** "R" red, "G" green, "A" amber, "-" dark. */
  show(colour: string): void;
}
