// SPDX-License-Identifier: Apache-2.0
// What the server knows of a unit, as one table: state, event, next state, action, as in docs/SPEC.md.
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
  p: "hello under its own key",
  r: "hello by factory light, with proof of its own key",
  n: "failed, vetoed or crosstalk",
  g: "granted",
  k: "acknowledged",
  w: "wipe proved under its own key",
  z: "wiped after a failed run",
  q: "silent for a minute",
  t: "unacknowledged for a day",
  c: "activated",
  u: "released by an engineer",
  x: "scrapped",
} as const;

export const UNIT_ACTIONS = {
  "-": "none",
  b: "refuse: blessed already",
} as const;

export type UnitState = (typeof UNIT_STATES)[keyof typeof UNIT_STATES];
export type UnitEvent = keyof typeof UNIT_EVENTS;
export type UnitAction = keyof typeof UNIT_ACTIONS;

/** A pair that is not listed is refused, reason 5, and changes nothing. */
export const UNIT_TABLE =
  " ShD- DhD- GhG- FhD- LhD- UhD- BhBb RhRb PhPb AhAb" +
  // Only who was granted a key can prove it: a blessing that stopped half-way goes on. What was shipped takes no factory light.
  " DrG- GrG- FrG- LrG- BrB- RrR- PrPb ArAb" +
  " BpB- RpR- PpP- ApA-" +
  " SnF- DnF- GnF- FnF- LnF- UnF-" +
  " DgG- GgG-" +
  " GkB- LkB- BkB- RkR- PkP- AkA-" +
  " BwP- RwP- PwP- AwA-" +
  " DzF- FzF-" +
  " BqR-" +
  " GtL-" +
  " PcA- AcA-" +
  " GuU- BuU- RuU- PuU- AuU- LuU-" +
  " SxX- DxX- GxX- BxX- RxX- PxX- AxX- FxX- LxX- UxX-";

const LETTERS = new Map(Object.entries(UNIT_STATES).map(([letter, name]) => [name, letter]));

/** Undefined when the state does not know the event. */
export function unitStep(state: UnitState, event: UnitEvent): { next: UnitState; action: UnitAction } | undefined {
  const step = stepOf(UNIT_TABLE, LETTERS.get(state) as string, event);
  if (!step) return undefined;
  return { next: UNIT_STATES[step.charAt(0) as keyof typeof UNIT_STATES], action: step.charAt(1) as UnitAction };
}
