// SPDX-License-Identifier: Apache-2.0
// Symbols to frames: the last ones are compared with every start word, at every symbol; within a frame too, though in one that makes sense
// only behind what may end a preamble. A start in there, true or not, goes into the second frame.
import { START_BYTE } from "../blinkup/packet.js";
import { DecodeStatus } from "./decode-status.js";
import { Frame } from "./frame.js";
import type { Repeats } from "./repeats.js";
import { Waveform } from "./waveform.js";

/** What preambles end in, then the start: 0x2A of bi-level, 1 1 1 0 0 0 1 0 of burst, which its line code cannot make. */
const BI_LEVEL_START = 0x552a;
const BURST_START = 0xae2;
const BURST_BITS = 0xfff;
/** Ternary's word between preamble and frame. */
const TERNARY_START = 0x2dd4;
const WORD = 0xffff;
/** Before either start's own symbols come nine of a preamble: of the last 16, the edges between those. */
const PREAMBLE_EDGES = 0x7f80;
/** Ternary's grey, until it was seen. */
const EXPECTED_GREY = 0.2;

export class Symbols {
  readonly frames: Frame[];
  /** Counter, and symbols since the last start or the last of a frame. */
  starts: number;
  idle: number;
  /** A frame of bi-level or burst made sense: there is no third level; or one of ternary did, which has three. */
  twoLevel: boolean;
  threeLevel: boolean;
  /** The one frame that makes sense while no other is under way: symbols go to it alone. */
  settled: Frame | undefined;
  /** It is at a byte's beginning. */
  whole: boolean;
  /** A frame came to something since this was last false. */
  ended: boolean;
  /** The last symbols, the lowest bit the last of all. */
  last: number;
  _three: number;
  _grey: number;
  _level: number;

  constructor(repeats: Repeats) {
    this.frames = [new Frame(repeats), new Frame(repeats)];
    this.starts = 0;
    this.settled = undefined;
    this.twoLevel = this.threeLevel = this.whole = this.ended = false;
    this.last = this._three = this.idle = this._level = 0;
    this._grey = EXPECTED_GREY;
  }

  /** A clock begins: nothing before it counts. @hot */
  restart(): void {
    this.last = this._three = this.idle = 0;
    this._grey = EXPECTED_GREY;
    this.twoLevel = this.threeLevel = this.whole = false;
    this.settled = undefined;
    for (let i = 0; i < 2; i++) (this.frames[i] as Frame).abandon();
  }

  /** A frame of a waveform is under way. */
  hasFrame(): boolean {
    return !!((this.frames[0] as Frame).waveform || (this.frames[1] as Frame).waveform);
  }

  /** So much of a frame made sense that nothing else is looked for. */
  hasSureFrame(): boolean {
    return (this.frames[0] as Frame).isSure() || (this.frames[1] as Frame).isSure();
  }

  /** A symbol's light, from -1 for dark to 1 for bright. @hot */
  push(light: number): void {
    const last = (this.last << 1) | (light > 0 ? 1 : 0);
    const settled = this.settled;
    this.last = last;
    if (settled) {
      this.whole = settled.push(light);
      if (!settled.waveform) this.endFrame();
      if (((last ^ (last >> 1)) & PREAMBLE_EDGES) !== PREAMBLE_EDGES) return;
    } else this._feed(light);
    const wrong = (last ^ BURST_START) & BURST_BITS;
    const right = wrong ^ BURST_BITS;
    // One wrong symbol does not hide burst's start: its line code is two away from it, either way up.
    if (!(wrong & (wrong - 1)) || !(right & (right - 1))) this._start(Waveform.Burst, !(right & (right - 1)));
    else if (!((last ^ BI_LEVEL_START) & WORD)) this._start(Waveform.BiLevel, false);
    else if (!(~(last ^ BI_LEVEL_START) & WORD)) this._start(Waveform.BiLevel, true);
  }

  /** The frame that made sense came to something. */
  endFrame(): void {
    this.settled = undefined;
    this.whole = false;
    this.ended = true;
  }

  /** @hot */
  _feed(light: number): void {
    const first = this.frames[0] as Frame;
    const second = this.frames[1] as Frame;
    this.idle = first.waveform | second.waveform ? 0 : this.idle + 1;
    if (first.waveform) first.push(light);
    if (second.waveform) second.push(light);
    if (first.status || second.status) this.ended = true;
    const sure = first.isSure() ? first : second.isSure() ? second : undefined;
    if (!sure || sure.waveform === Waveform.Ternary) return;
    this.twoLevel = true;
    if (!(first.waveform && second.waveform)) this.settled = sure;
  }

  /** The same light as one of three levels; the same again is a frame that the screen showed twice. @hot */
  pushTernary(light: number): void {
    const grey = this._grey;
    const level = light + light < grey - 1 ? 0 : light + light > grey + 1 ? 2 : 1;
    if (level === 1) this._grey += (light - grey) / 8;
    const from = this._level;
    if (level === from) return;
    this._level = level;
    const bit = (level - from + 3) % 3 === 2 ? 1 : 0;
    const first = this.frames[0] as Frame;
    const second = this.frames[1] as Frame;
    if (first.waveform === Waveform.Ternary) first.soft(bit ? 1 : -1);
    if (second.waveform === Waveform.Ternary) second.soft(bit ? 1 : -1);
    this.threeLevel =
      (first.waveform === Waveform.Ternary && first.count > 2) ||
      (second.waveform === Waveform.Ternary && second.count > 2);
    this._three = ((this._three << 1) | bit) & WORD;
    if (this._three === TERNARY_START || this._three === (TERNARY_START ^ WORD))
      this._start(Waveform.Ternary, this._three !== TERNARY_START);
  }

  _start(waveform: Waveform, inverted: boolean): void {
    const first = this.frames[0] as Frame;
    const frame = first.waveform || first.status !== DecodeStatus.Pending ? (this.frames[1] as Frame) : first;
    this.starts++;
    this.settled = undefined;
    this.whole = false;
    frame.start(waveform, inverted, waveform === Waveform.BiLevel ? START_BYTE : 0);
  }
}
