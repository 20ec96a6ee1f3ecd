// SPDX-License-Identifier: Apache-2.0
// What the built-in phases have to be told: the build links it in, by the board's file and by what the user said.

export interface SelfTestOptions {
  /** Address of a page of raw flash that nobody uses; below zero for none. */
  readonly sparePage: number;
  /** GPIOs that a wire joins: what drives, what reads. */
  readonly loopback: readonly (readonly [number, number])[];
  /** Somebody is there to press the button. */
  readonly press: boolean;
  /** The network to look for and to join, as latin-1; "" for none. */
  readonly ssid: string;
  readonly password: string;
  /** What answers there. */
  readonly url: string;
}
