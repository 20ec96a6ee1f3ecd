// SPDX-License-Identifier: Apache-2.0
// A byte's symbols at once come to what the same symbols one by one come to, whatever they are.
import assert from "node:assert/strict";
import fc from "fast-check";
import { BYTE_SYMBOLS, ByteReader } from "../../firmware/core/modem/byte-reader.js";
import type { Frame } from "../../firmware/core/modem/frame.js";
import { Repeats } from "../../firmware/core/modem/repeats.js";
import { Symbols } from "../../firmware/core/modem/symbols.js";
import { Waveform } from "../../firmware/core/modem/waveform.js";
import { digest } from "../../hal/sim/digest.js";

const ENTRIES_BYTES = 6;
/** Starts behind the end of their preamble, symbol by symbol: bi-level's, burst's, and burst's upside down. */
const STARTS = ["0101010100101010", "10101010101011100010", "01010101010100011101"];

/** Receivers of symbols in the middle of the same frame. */
function openSymbols(waveform: Waveform, inverted: boolean): Symbols {
  const repeats = new Repeats(digest);
  const symbols = new Symbols(repeats);
  const frame = symbols.frames[0] as Frame;
  const header = waveform === Waveform.Burst ? [0x50, ENTRIES_BYTES, 0] : [0x2a, ENTRIES_BYTES, 1];
  frame.start(waveform, inverted, 0);
  frame.bytes.set(header);
  frame.count = header.length;
  if (waveform === Waveform.Burst) repeats.open(frame.bytes);
  symbols.settled = frame;
  symbols.twoLevel = symbols.whole = true;
  return symbols;
}

const stateOf = (symbols: Symbols) => ({
  frames: symbols.frames.map((frame) => ({
    ...frame,
    repeats: undefined,
    bytes: [...frame.bytes.subarray(0, frame.count)],
  })),
  sums: [...(symbols.frames[0] as Frame).repeats._sums],
  settled: symbols.frames.indexOf(symbols.settled as Frame),
  whole: symbols.whole,
  ended: symbols.ended,
  starts: symbols.starts,
  last: symbols.last & 0xffff,
});

/** Light of so many symbols: data of the line code, a start among it at times, each more or less faint. */
const lights = (waveform: Waveform) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }), fc.constantFrom(...STARTS, ""), fc.nat(150))
    .map(([bits, start, at]) => {
      const halves = waveform === Waveform.Burst ? bits.flatMap((bit) => [!bit, bit]) : bits;
      return halves.map((lit, i) => (start[i - at] === undefined ? lit : start[i - at] === "1"));
    })
    .chain((lit) =>
      fc
        .array(fc.double({ min: 0.01, max: 1.5, noNaN: true }), { minLength: lit.length, maxLength: lit.length })
        .map((sizes) => lit.map((on, i) => Math.fround(on ? sizes[i]! : -sizes[i]!))),
    );

describe("a byte's symbols at once", () => {
  for (const waveform of [Waveform.BiLevel, Waveform.Burst])
    for (const inverted of [false, true])
      it(`are read as one by one: ${waveform === Waveform.Burst ? "burst" : "bi-level"}${inverted ? ", inverted" : ""}`, () =>
        fc.assert(
          fc.property(lights(waveform), (light) => {
            const [atOnce, oneByOne] = [openSymbols(waveform, inverted), openSymbols(waveform, inverted)];
            const reader = new ByteReader(atOnce);
            for (let next = 0; atOnce.whole;) {
              let lit = 0;
              for (let place = reader.first(); place < BYTE_SYMBOLS; place++, next++) {
                reader.light[place] = light[next]!;
                lit = lit * 2 + (light[next]! > 0 ? 1 : 0);
                oneByOne.push(light[next]!);
              }
              reader.readByte(lit);
              assert.deepEqual(stateOf(atOnce), stateOf(oneByOne));
            }
          }),
          { numRuns: 300 },
        ));
});
