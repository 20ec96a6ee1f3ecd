// SPDX-License-Identifier: Apache-2.0
// Status LED patterns, one character for each 250 ms: R red, G green, A amber, - dark. After Electric Imp's table.

export const SLOT_MS = 250;

export const enum Pattern {
  /** No settings: amber, 500 on, 500 off. */
  Unconfigured = "AA--",
  /** No settings, and no light can come: none at all, too much, lamps that flicker. */
  TooDark = "A---",
  TooBright = "AAR-",
  Flicker = "A-A-",
  /** Dark while light comes in, and when the window has closed. */
  Dark = "-",
  LightStored = "G",
  BadLight = "R-",
  /** Red, one long and three short. */
  Joining = "RR--R-R-R-",
  /** Connecting to the server. */
  Enrolling = "AA--AA-",
  Connected = "GG--",
  Pass = "G",
  Fail = "R",
  /** Settings could not be wiped, or flash is broken: rapid red. */
  Fault = "R-",
}
