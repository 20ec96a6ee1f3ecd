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
  /** The last run's light, below zero once it was read. */
  _last: number;

  constructor(repeats: Repeats) {
    this.frames = [new Frame(repeats), new Frame(repeats)];
    this._litStart = new StartPulses();
    this._darkStart = new StartPulses();
    this.starts = this.grey = this.range = this._white = 0;
    this.active = this.sure = this.inverted = false;
    this._last = NO_LIGHT;
  }

  abandon(): void {
    this._last = NO_LIGHT;
    this.active = this.sure = false;
    for (let i = 0; i < 2; i++) (this.frames[i] as Frame).abandon();
  }

  /** A run that ended; `before` and `behind` are its level's before and with it. Reads the run before; true when that begins a frame. */
  push(lit: boolean, level: number, before: number, behind: number): boolean {
    const light = this._last;
    this._last = level;
    if (light < 0) return false;
    const black = (before + behind) / 2;
    const height = lit ? black - light : light - black;
    if (this.active && this.inverted === lit && height > this.grey * FAINTEST)
      this._read(height, behind > before ? (behind - before) / 2 : (before - behind) / 2);
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

  /** A pulse that ended, while its frame is sure. */
  hold(light: number): void {
    this._last = light;
  }

  /** Reads the last run with what is seen of the black behind it. */
  flush(lit: boolean, before: number, behind: number): void {
    if (this.active && this.inverted === lit) this.push(lit, NO_LIGHT, before, behind);
  }

  /** A bit for each frame; where the room's light jumped, the height over one of the sides fits the levels. */
  _read(height: number, spread: number): void {
    const apart = this._white - this.grey;
    const middle = this.grey + apart / 2;
    const rise = spread > apart / 8 ? this._nearest(height, spread) : height;
    if (rise > middle) this._white += (rise - this._white) * LEVEL_GAIN;
    else this.grey += (rise - this.grey) * LEVEL_GAIN;
    const first = this.frames[0] as Frame;
    const second = this.frames[1] as Frame;
    const off = (rise - middle) / apart;
    const doubtful = off < DOUBTFUL && off > -DOUBTFUL;
    if (first.waveform) first.bit(off > 0 ? 1 : 0, doubtful);
    if (second.waveform) second.bit(off > 0 ? 1 : 0, doubtful);
    this.active = !!(first.waveform | second.waveform);
    this.sure = !!((first.waveform && first.count > 2) || (second.waveform && second.count > 2));
  }

  _nearest(height: number, spread: number): number {
    let rise = height;
    if (this._misfit(height - spread) < this._misfit(rise)) rise = height - spread;
    if (this._misfit(height + spread) < this._misfit(rise)) rise = height + spread;
    return rise;
  }

  /** How far a height is from both levels. */
  _misfit(rise: number): number {
    return Math.min(Math.abs(rise - this.grey), Math.abs(rise - this._white));
  }
}
