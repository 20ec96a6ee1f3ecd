// SPDX-License-Identifier: Apache-2.0
// What the server knows of a unit, as one table: state, event, next state, as in docs/SPEC.md.
import { stepOf } from "../../firmware/core/protocol/state-table.js";

export const UNIT_STATES = {
  S: "seen",
  D: "dut",
  G: "blessing",
  B: "blessed",
  R: "re-seat",
  P: "shippable",
  A: "activated",
  F: "failed",
  L: "lost",
  U: "unblessed",
  X: "scrapped",
} as const;

export const UNIT_EVENTS = {
  h: "hello by token",
  n: "failed or refused",
  g: "granted",
  k: "acknowledged",
  w: "wipe proved",
  q: "silent for a minute",
  t: "unacknowledged for a day",
  c: "hello under its own key, by a production token",
  u: "unblessed",
  x: "scrapped",
} as const;

export type UnitState = (typeof UNIT_STATES)[keyof typeof UNIT_STATES];
export type UnitEvent = keyof typeof UNIT_EVENTS;

export const UNIT_TABLE =
  " ShD- DhD- FhD- UhD- LhD- GhG- BhB- RhR- PhP- AhA-" +
  " SnF- DnF- GnF- FnF-" +
  " DgG- GgG-" +
  " GkB- LkB- BkB- RkR-" +
  " BwP- RwP- PwP- FwF-" +
  " BqR-" +
  " GtL-" +
  " PcA- AcA-" +
  " BuU- RuU- PuU- AuU-" +
  " SxX- DxX- GxX- BxX- RxX- PxX- AxX- FxX- LxX- UxX-";

/** The next state; the same when the state does not know the event. */
export function nextUnitState(state: UnitState, event: UnitEvent): UnitState {
  const letter = (Object.keys(UNIT_STATES) as (keyof typeof UNIT_STATES)[]).find((key) => UNIT_STATES[key] === state);
  const step = stepOf(UNIT_TABLE, letter ?? "", event);
  return step ? UNIT_STATES[step.charAt(0) as keyof typeof UNIT_STATES] : state;
}
