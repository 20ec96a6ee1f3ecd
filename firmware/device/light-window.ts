// SPDX-License-Identifier: Apache-2.0
// The receiver's window: stretches of light in, one whole frame out, whatever kind of sensor and receiver they pass through.
import type { ErrorCode } from "../../hal/error.js";
import { DecodeStatus } from "../core/modem/decode-status.js";
import { LightCondition } from "../core/modem/light-condition.js";

/** A sensor of hal/. */
interface Sensor<Stretch> {
  /** Times that light was lost because the program was too slow for it. */
  readonly lost: number;
  start(onStretch: (stretch: Stretch, count: number) => void): ErrorCode;
  stop(): void;
}

/** Its receiver in core/modem. */
interface Receiver<Stretch> {
  /** A frame may be under way; and so much of one made sense that it is. */
  readonly receiving: boolean;
  readonly sure: boolean;
  readonly condition: LightCondition;
  readonly entries: Uint8Array;
  readonly entriesLength: number;
  feed(stretch: Stretch, count: number): DecodeStatus;
}

export class LightWindow<Stretch extends ArrayLike<number> = ArrayLike<number>> {
  readonly sensor: Sensor<Stretch>;
  readonly receiver: Receiver<Stretch>;
  /** A frame is under way. */
  onLight: (() => void) | undefined;
  /** It was refused or broke off, and no other is under way. What was only taken for a start is not told: noise makes such. */
  onBadLight: (() => void) | undefined;
  /** The entries of a whole, valid frame, a view that the next stretch overwrites; and the low bytes of the stretch that it ended in. */
  onEntries: ((entries: Uint8Array, end: Uint8Array) => void) | undefined;
  /** Something is wrong with the light now, or nothing any more. */
  onCondition: ((condition: LightCondition) => void) | undefined;
  _sure: boolean;
  _condition: LightCondition;

  constructor(sensor: Sensor<Stretch>, receiver: Receiver<Stretch>) {
    this.sensor = sensor;
    this.receiver = receiver;
    this.onLight = undefined;
    this.onBadLight = undefined;
    this.onEntries = undefined;
    this.onCondition = undefined;
    this._sure = false;
    this._condition = LightCondition.Fine;
  }

  open(): void {
    this.sensor.start((stretch, count) => this._feed(stretch, count));
  }

  close(): void {
    this.sensor.stop();
  }

  _feed(stretch: Stretch, count: number): void {
    const receiver = this.receiver;
    const status = receiver.feed(stretch, count);
    if (status === DecodeStatus.Complete) {
      this._sure = false;
      if (this.onEntries) this.onEntries(receiver.entries.subarray(0, receiver.entriesLength), new Uint8Array(stretch));
    } else if (receiver.sure !== this._sure) {
      this._sure = receiver.sure;
      const changed = this._sure ? this.onLight : this.onBadLight;
      if (changed) changed();
    }
    if (receiver.condition === this._condition) return;
    this._condition = receiver.condition;
    if (this.onCondition) this.onCondition(receiver.condition);
  }
}
