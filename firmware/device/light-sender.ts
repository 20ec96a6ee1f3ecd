// SPDX-License-Identifier: Apache-2.0
// Entries to light from a fixture's LED: which waveform, how fast, how often; and how far it is.
import type { FixtureBoard } from "../../hal/board.js";
import { encodePacket } from "../core/blinkup/packet.js";
import { biLevelRuns } from "../core/modem/bi-level.js";
import { burstRuns, FIRST_PREAMBLE_PAIRS, REPEAT_PREAMBLE_PAIRS } from "../core/modem/burst.js";
import { encodeBurstFrame } from "../core/modem/burst-frame.js";
import { BLINKUP_ACTIVEHIGH, BLINKUP_BURST, BLINKUP_FAST } from "./light-order.js";
import type { LightOrder } from "./light-order.js";

/** Microseconds a symbol, by flags: 60 and 142 symbols a second, 120 and 1,000 unit intervals. */
const SLOW_US = 16667;
const FAST_US = 7042;
const SLOW_BURST_US = 8333;
const FAST_BURST_US = 1000;
/** Burst is sent over and over, for as long as an operator holds a unit there. */
const SLOW_PASSES = 2;
const FAST_PASSES = 4;
const PROGRESS_MS = 500;

export class LightSender {
  /** How much is out, 0 to 1; while a train of fast burst plays nothing is said. */
  onProgress: ((share: number) => void) | undefined;
  onSent: (() => void) | undefined;
  _board: FixtureBoard;
  _passes: number;
  _pass: number;
  _startMs: number;
  _totalMs: number;

  constructor(board: FixtureBoard) {
    this._board = board;
    this.onProgress = undefined;
    this.onSent = undefined;
    this._passes = this._pass = this._startMs = this._totalMs = 0;
  }

  /** False when the entries are more than the waveform carries; else `onSent` follows. */
  send(order: LightOrder, entries: Uint8Array): boolean {
    const burst = order.flags & BLINKUP_BURST;
    const fast = order.flags & BLINKUP_FAST;
    const frame = burst
      ? encodeBurstFrame(entries, entries.length, this._board.digest.crc32)
      : encodePacket(entries, entries.length);
    if (!frame.length) return false;
    const symbolUs = burst ? (fast ? FAST_BURST_US : SLOW_BURST_US) : fast ? FAST_US : SLOW_US;
    this._passes = burst ? (fast ? FAST_PASSES : SLOW_PASSES) : 1;
    this._pass = 0;
    this._startMs = this._board.clock.millis();
    this._play(order, frame, symbolUs);
    this._tell();
    return true;
  }

  _play(order: LightOrder, frame: Uint8Array, symbolUs: number): void {
    const runs =
      order.flags & BLINKUP_BURST
        ? burstRuns(frame, this._pass ? REPEAT_PREAMBLE_PAIRS : FIRST_PREAMBLE_PAIRS)
        : biLevelRuns(frame);
    if (!this._pass) this._totalMs = (symbolsOf(runs) * symbolUs * this._passes) / 1000;
    this._board.emitter.play(order.gpio, order.flags & BLINKUP_ACTIVEHIGH ? 1 : 0, runs, symbolUs, () => {
      if (++this._pass < this._passes) {
        this._play(order, frame, symbolUs);
        return;
      }
      this._passes = 0;
      if (this.onSent) this.onSent();
    });
  }

  _tell(): void {
    if (!this._passes) return;
    const share = (this._board.clock.millis() - this._startMs) / this._totalMs;
    if (this.onProgress) this.onProgress(share > 1 ? 1 : share);
    this._board.timers.after(PROGRESS_MS, () => this._tell());
  }
}

function symbolsOf(runs: Uint16Array): number {
  let symbols = 0;
  for (let i = 0; i < runs.length; i++) symbols += runs[i] as number;
  return symbols;
}
