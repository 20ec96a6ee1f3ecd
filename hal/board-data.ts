// SPDX-License-Identifier: Apache-2.0
// Which pin and which flash is what, on one kind of board.

/** The part of a board file that firmware is built with; a pin below zero is not fitted. */
export interface BoardData {
  readonly name: string;
  /** No samples a second: a comparator. */
  readonly light: { readonly pin: number; readonly sampleHz: number; readonly inverted: boolean };
  readonly led: { readonly red: number; readonly green: number; readonly activeLow: boolean };
  readonly emitter: { readonly pin: number; readonly activeLow: boolean };
  readonly button: { readonly pin: number; readonly activeLow: boolean };
  readonly rescue: number;
  /** Address of the generator's data register. */
  readonly randomRegister: number;
  readonly settings: { readonly address: number; readonly pages: number };
  readonly identity: { readonly address: number; readonly pages: number };
  readonly pins: { readonly [name: string]: number };
}
