// SPDX-License-Identifier: Apache-2.0
// Plays a pattern on the status LED until the next one.
import type { Board } from "../../hal/board.js";
import { SLOT_MS } from "../core/status/patterns.js";

export class StatusLight {
  _board: Board;
  _pattern: string;
  _slot: number;
  _timer: number;

  constructor(board: Board) {
    this._board = board;
    this._pattern = "";
    this._slot = 0;
    this._timer = 0;
  }

  show(pattern: string): void {
    if (pattern === this._pattern) return;
    this._pattern = pattern;
    this._slot = 0;
    this._board.system.print("~led " + pattern);
    this._board.timers.cancel(this._timer);
    this._tick();
  }

  _tick(): void {
    this._board.led.show(this._pattern.charAt(this._slot));
    this._slot = (this._slot + 1) % this._pattern.length;
    this._timer = this._pattern.length > 1 ? this._board.timers.after(SLOT_MS, () => this._tick()) : 0;
  }
}
