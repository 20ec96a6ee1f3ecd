// SPDX-License-Identifier: Apache-2.0
// Pulses to tri-level frames, either way up: each lit run over the black on both its sides is a bit, grey 0 and white 1, whatever its
// length; upside down, each dark run under it is.
import { START_BYTE } from "../blinkup/packet.js";
import { DecodeStatus } from "./decode-status.js";
import { Frame } from "./frame.js";
import type { Repeats } from "./repeats.js";
import { StartPulses } from "./start-pulses.js";
import { Waveform } from "./waveform.js";

/** Pulses fainter than this part of grey are no pulses. */
const FAINTEST = 0.4;
const LEVEL_GAIN = 0.125;
/** So near the middle of both levels, of what they differ by, a pulse is doubtful. */
const DOUBTFUL = 0.125;
/** White is more of all the light than this, or noise. */
const LEAST_WHITE = 0.3;
const NO_LIGHT = -1;

export class Pulses {
  readonly frames: Frame[];
  starts: number;
  /** A frame is under way; and so much of it made sense that nothing else is looked for. */
  active: boolean;
  sure: boolean;
  /** Its black is the lit side of the light, which is followed wherever it goes. */
  inverted: boolean;
  /** Height of grey over black. */
  grey: number;
  /** How far the block's samples are apart. */
  range: number;
  _litStart: StartPulses;
  _darkStart: StartPulses;
  _white: number;
  /** The last run's light, below zero once it was read; while a frame is sure a pulse's is put here, and its black pushed. */
  last: number;

  constructor(repeats: Repeats) {
    this.frames = [new Frame(repeats), new Frame(repeats)];
    this._litStart = new StartPulses();
    this._darkStart = new StartPulses();
    this.starts = this.grey = this.range = this._white = 0;
    this.active = this.sure = this.inverted = false;
    this.last = NO_LIGHT;
  }

  abandon(): void {
    this.last = NO_LIGHT;
    this.active = this.sure = false;
    for (let i = 0; i < 2; i++) (this.frames[i] as Frame).abandon();
  }

  /** A run that ended; `before` and `behind` are its level's before and with it. Reads the run before; true when that begins a frame. @hot */
  push(lit: boolean, level: number, before: number, behind: number): boolean {
    const light = this.last;
    this.last = level;
    if (light < 0) return false;
    const height = lit ? (before + behind) / 2 - light : light - (before + behind) / 2;
    if (this.active && this.inverted === lit && height > this.grey * FAINTEST) this._read(height, behind - before);
    const start = lit ? this._darkStart : this._litStart;
    if (!start.push(height) || start.white < this.range * LEAST_WHITE) return false;
    if (this.inverted !== lit) this.abandon();
    const first = this.frames[0] as Frame;
    const frame = first.waveform || first.status !== DecodeStatus.Pending ? (this.frames[1] as Frame) : first;
    this.starts++;
    this.grey = start.grey;
    this._white = start.white;
    frame.start(Waveform.TriLevel, lit, START_BYTE);
    this.active = true;
    this.inverted = lit;
    return true;
  }

  /** Reads the last run with what is seen of the black behind it. */
  endRun(lit: boolean, before: number, behind: number): void {
    if (this.active && this.inverted === lit) this.push(lit, NO_LIGHT, before, behind);
  }

  /** A bit for each frame; where the room's light jumped by much, the height over one of the sides fits the levels. @hot */
  _read(height: number, jump: number): void {
    const apart = this._white - this.grey;
    const middle = this.grey + apart / 2;
    const rise = jump * 4 > apart || jump * -4 > apart ? this._nearest(height, jump / 2) : height;
    if (rise > middle) this._white += (rise - this._white) * LEVEL_GAIN;
    else this.grey += (rise - this.grey) * LEVEL_GAIN;
    const first = this.frames[0] as Frame;
    const second = this.frames[1] as Frame;
    const off = (rise - middle) / apart;
    const bit = off > 0 ? 1 : 0;
    const doubtful = off < DOUBTFUL && off > -DOUBTFUL;
    let ended = false;
    if (first.waveform) ended = first.bit(bit, doubtful);
    if (second.waveform) ended = second.bit(bit, doubtful) || ended;
    if (!ended) return;
    this.active = !!(first.waveform | second.waveform);
    this.sure = first.isSure() || second.isSure();
  }

  _nearest(height: number, spread: number): number {
    let rise = height;
    if (this._misfitOf(height - spread) < this._misfitOf(rise)) rise = height - spread;
    if (this._misfitOf(height + spread) < this._misfitOf(rise)) rise = height + spread;
    return rise;
  }

  /** How far a height is from both levels. */
  _misfitOf(rise: number): number {
    return Math.min(Math.abs(rise - this.grey), Math.abs(rise - this._white));
  }
}
