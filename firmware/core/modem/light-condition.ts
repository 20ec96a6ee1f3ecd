// SPDX-License-Identifier: Apache-2.0
// What is wrong with the light, when something is for a while.

export const enum LightCondition {
  Fine = 0,
  /** Nothing at all comes in. */
  Dark = 1,
  /** Always as bright as can be seen: a sender could add nothing. */
  Saturated = 2,
  /** The brighter levels are as bright as can be seen, so they cannot be told apart. */
  Clipped = 3,
  /** Lamps flicker, and no sender is there. */
  Flickering = 4,
}

/** Of 255. */
const DARKEST = 2;
const BRIGHTEST = 254;
const NEARLY_BRIGHTEST = 245;
/** Blocks in a row, some two seconds. */
const PATIENCE = 10;

/** Believes what it is told for some time. */
export class ConditionMeter {
  condition: LightCondition;
  _seen: LightCondition;
  _blocks: number;

  constructor() {
    this.condition = this._seen = LightCondition.Fine;
    this._blocks = 0;
  }

  /** The extremes of a block of samples; `flickers`: its light moves, but at no sender's rate. */
  push(least: number, greatest: number, flickers: boolean): void {
    let seen = LightCondition.Fine;
    if (greatest <= DARKEST) seen = LightCondition.Dark;
    else if (least >= NEARLY_BRIGHTEST) seen = LightCondition.Saturated;
    else if (greatest >= BRIGHTEST) seen = LightCondition.Clipped;
    else if (flickers) seen = LightCondition.Flickering;
    this._blocks = seen === this._seen ? this._blocks + 1 : 0;
    this._seen = seen;
    if (this._blocks >= PATIENCE) this.condition = seen;
  }
}
