// SPDX-License-Identifier: Apache-2.0
// The receiver's window: samples in, one whole frame out.
import type { ReceiverBoard } from "../../hal/board.js";
import { DecodeStatus } from "../core/modem/decode-status.js";
import { Receiver } from "../core/modem/receiver.js";

export class LightWindow {
  readonly receiver: Receiver;
  /** A start word was recognised. */
  onLight: (() => void) | undefined;
  /** A frame was refused or broke off. */
  onBadLight: (() => void) | undefined;
  /** The entries of a whole, valid frame: a view that the next block overwrites. */
  onEntries: ((entries: Uint8Array) => void) | undefined;
  _board: ReceiverBoard;
  _receiving: boolean;

  constructor(board: ReceiverBoard) {
    this._board = board;
    this.receiver = new Receiver(board.light.sampleHz, board.digest.crc32);
    this.onLight = undefined;
    this.onBadLight = undefined;
    this.onEntries = undefined;
    this._receiving = false;
  }

  open(): void {
    this._board.light.start((samples, count) => this._feed(samples, count));
  }

  close(): void {
    this._board.light.stop();
  }

  _feed(samples: Uint8Array, count: number): void {
    const receiver = this.receiver;
    const status = receiver.feed(samples, count);
    if (status === DecodeStatus.Complete) {
      this._receiving = false;
      if (this.onEntries) this.onEntries(receiver.entries.subarray(0, receiver.entriesLength));
    } else if (receiver.receiving !== this._receiving) {
      this._receiving = receiver.receiving;
      const changed = this._receiving ? this.onLight : this.onBadLight;
      if (changed) changed();
    } else if (status && this.onBadLight) this.onBadLight();
  }
}
