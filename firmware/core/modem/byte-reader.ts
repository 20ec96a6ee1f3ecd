// SPDX-License-Identifier: Apache-2.0
// The one frame that makes sense takes its symbols by the byte, and one by one only where another frame's start may end among them.
import type { Frame } from "./frame.js";
import { DOUBTFUL } from "./frame.js";
import type { Symbols } from "./symbols.js";
import { Waveform } from "./waveform.js";

/** Of burst's byte; of bi-level's they are the last eight. */
export const BYTE_SYMBOLS = 16;
const BI_LEVEL_PLACE = 8;
/**
 * A start ends with any of the byte's symbols. Before it come eight edges in a row, this many symbols from its end; in burst's there are three
 * equal symbols, one wrong one or not, and bi-level's has one pair between edges.
 */
const PREAMBLE = 7;
const THREE_EQUAL = 0x1ffffc;
/** The second ones of burst's pairs. */
const HALVES = 0x5555;

export class ByteReader {
  /** The light of the byte under way, from -1 to 1 a symbol. */
  readonly light: Float32Array;
  _symbols: Symbols;

  constructor(symbols: Symbols) {
    this.light = new Float32Array(BYTE_SYMBOLS);
    this._symbols = symbols;
  }

  /** Place of a byte's first symbol. */
  first(): number {
    return (this._symbols.settled as Frame).waveform === Waveform.BiLevel ? BI_LEVEL_PLACE : 0;
  }

  /** All are there. `lit`: a bit for each that is above 0, the last one the lowest. @hot */
  readByte(lit: number): void {
    const light = this.light;
    const symbols = this._symbols;
    const frame = symbols.settled as Frame;
    const isBiLevel = frame.waveform === Waveform.BiLevel;
    const word = (symbols.last << (isBiLevel ? BYTE_SYMBOLS - BI_LEVEL_PLACE : BYTE_SYMBOLS)) | lit;
    const edges = word ^ (word >> 1);
    const four = edges & (edges >> 1) & (edges >> 2) & (edges >> 3);
    const eight = four & (four >> 4);
    const oneByOne = isBiLevel
      ? eight & (0xff << PREAMBLE)
      : (~edges & ~(edges >> 1) & THREE_EQUAL) |
        (~edges & HALVES) |
        (four & (four >> 2) & ~(edges >> 6) & (eight >> PREAMBLE) & 0xffff);
    if (oneByOne) {
      for (let i = this.first(); i < BYTE_SYMBOLS; i++) symbols.push(light[i] as number);
      return;
    }
    symbols.last = word;
    if (isBiLevel) this._readBiLevel(frame, lit);
    else this._readBurst(frame, lit);
    if (!frame.waveform) symbols.endFrame();
  }

  /** @hot */
  _readBiLevel(frame: Frame, lit: number): void {
    const light = this.light;
    let doubts = 0;
    for (let i = BI_LEVEL_PLACE; i < BYTE_SYMBOLS; i++)
      if ((light[i] as number) < DOUBTFUL && (light[i] as number) > -DOUBTFUL) doubts++;
    frame.byte(frame.inverted ? lit ^ 0xff : lit, doubts);
  }

  /** Of each pair the second half is the bit. @hot */
  _readBurst(frame: Frame, lit: number): void {
    const least = frame.repeats.addSymbols(frame.count * 8, this.light, frame.inverted ? -0.5 : 0.5);
    const halves = lit & HALVES;
    const pairs = (halves | (halves >> 1)) & 0x3333;
    const fours = (pairs | (pairs >> 2)) & 0x0f0f;
    const byte = (fours | (fours >> 4)) & 0xff;
    frame.softByte(frame.inverted ? byte ^ 0xff : byte, least < DOUBTFUL);
  }
}
