// SPDX-License-Identifier: Apache-2.0
// The ways to say bits with light that the receiver tells apart by itself; docs/SPEC.md draws each.

export const enum Waveform {
  None = 0,
  /** Genuine BlinkUp: a bit a symbol, white 1, black 0. */
  BiLevel = 1,
  /** Genuine BlinkUp: black, then grey for 0 or white for 1. */
  TriLevel = 2,
  /** Manchester from a lamp: (1 0) for 0, (0 1) for 1. */
  Burst = 3,
  /** Three levels from a screen, none twice in a row. */
  Ternary = 4,
}
