// SPDX-License-Identifier: Apache-2.0
// One reading of the light pin.
import type { LightLevel } from "../light-level.js";

export class PinLight implements LightLevel {
  _pin: Pin;
  _isAnalog: boolean;
  _inverted: boolean;

  constructor(gpio: number, isAnalog: boolean, inverted: boolean) {
    this._pin = new Pin(gpio);
    this._isAnalog = isAnalog;
    this._inverted = inverted;
  }

  level(): number {
    const level = this._isAnalog ? analogRead(this._pin) : this._pin.read() ? 1 : 0;
    return Math.round((this._inverted ? 1 - level : level) * 65535);
  }
}
