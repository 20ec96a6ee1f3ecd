// SPDX-License-Identifier: Apache-2.0
// Edges of a comparator to frames: bi-level and burst at any rate from 25 to 2,500 a second, either way up.
//
// Runs go to the preamble; from a start on, their light is summed symbol by symbol on a clock that every edge pulls. So an edge that is
// lost or made up spoils the symbols it lies in and no others, and a symbol's sum says how sure it is.
import { DecodeStatus } from "./decode-status.js";
import { BURST_HEADER_BYTES } from "./burst-frame.js";
import { CLOCKED_FRAMES, Frame } from "./frame.js";
import { Preamble } from "./preamble.js";
import { Repeats } from "./repeats.js";
import { Waveform } from "./waveform.js";

/** Microseconds. */
const SHORTEST_SYMBOL = 400;
const LONGEST_SYMBOL = 40000;
/** A jittering sender is followed closely: half of every edge's error. */
const CLOCK_GAIN = 0.5;
/** After so much of one light a frame is read to its end, in microseconds. */
const SILENCE = 700000;

export class EdgeReceiver {
  /** A frame is under way. */
  receiving: boolean;
  /** Type-length-value entries of the last complete frame, as on the air; a view that the next frame overwrites. */
  entries: Uint8Array;
  entriesLength: number;
  waveform: Waveform;
  /** Counters at each gate. */
  edges: number;
  starts: number;
  refused: number;
  complete: number;
  readonly preamble: Preamble;
  _frames: Frame[];
  _repeats: Repeats;
  _run: number;

  constructor(crc32: (bytes: Uint8Array) => number) {
    this._repeats = new Repeats(crc32);
    this._frames = [];
    for (let i = 0; i < CLOCKED_FRAMES; i++) this._frames.push(new Frame(this._repeats));
    this.preamble = new Preamble(0);
    this.entries = new Uint8Array(0);
    this.waveform = Waveform.None;
    this.edges = this.starts = this.refused = this.complete = this.entriesLength = this._run = 0;
    this.receiving = false;
  }

  /** Runs that ended, in microseconds: lit ones above zero, dark ones below. */
  feed(runs: Int32Array, count: number): DecodeStatus {
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < count; i++) {
      const status = this._push(runs[i] as number);
      if (status && verdict !== DecodeStatus.Complete) verdict = status;
    }
    return verdict;
  }

  _push(run: number): DecodeStatus {
    const lit = run > 0;
    const length = lit ? run : -run;
    const frames = this._frames;
    this.edges++;
    let verdict = DecodeStatus.Pending;
    for (let i = 0; i < CLOCKED_FRAMES; i++) {
      const frame = frames[i] as Frame;
      if (!frame.waveform) continue;
      frame.run(lit ? 1 : -1, length < SILENCE ? length : SILENCE, CLOCK_GAIN);
      const status = frame.status;
      frame.status = DecodeStatus.Pending;
      if (status === DecodeStatus.Complete) this._take(frame);
      else if (status) this.refused++;
      if (status && verdict !== DecodeStatus.Complete) verdict = status;
    }
    if (verdict === DecodeStatus.Complete) for (let i = 0; i < CLOCKED_FRAMES; i++) (frames[i] as Frame).abandon();
    else this._hunt(lit, length);
    this.receiving = !!(frames[0] as Frame).waveform || !!(frames[1] as Frame).waveform;
    return verdict;
  }

  /** Two runs of the same light are one that an edge was made up in. */
  _hunt(lit: boolean, length: number): void {
    const preamble = this.preamble;
    const before = this._run;
    this._run = lit ? length : -length;
    if (!before || before > 0 === lit) {
      if (before) this._run += before;
      return;
    }
    // The run before is whole now.
    if (!preamble.push(!lit, before < 0 ? -before : before)) return;
    const waveform = preamble.waveform;
    const unit = preamble.unit;
    if (waveform === Waveform.Ternary || unit < SHORTEST_SYMBOL || unit > LONGEST_SYMBOL) return;
    const first = this._frames[0] as Frame;
    const frame = first.waveform ? (this._frames[1] as Frame) : first;
    this.starts++;
    frame.start(waveform, preamble.inverted, unit, unit);
    frame.run(lit ? 1 : -1, length, CLOCK_GAIN);
  }

  _take(frame: Frame): void {
    const from = frame.ended === Waveform.BiLevel ? 2 : BURST_HEADER_BYTES;
    this.complete++;
    this.waveform = frame.ended;
    this.entriesLength = frame.bytes[1] as number;
    this.entries = frame.bytes.subarray(from, from + this.entriesLength);
    this._repeats.forget();
  }
}
