// SPDX-License-Identifier: Apache-2.0
// Each part of the chain as one line, to be printed, kept, changed and fed again:
//
//   samples 1000 GhgbGRsb...        rate, then unsigned bytes in base64
//   edges +420 -415 +428            a comparator's runs in microseconds, lit above zero
//   pulses 0.75 1.02 0.74           heights of tri-level's pulses over black
//   symbols burst +0.98 -1.01       light on a clock, dark -1, bright 1
//   bits tri-level 0010101000       from the start byte or header on; "?" behind an unsure bit
//   frame tri-level 2a2f0107        the same bytes; "?" behind an unsure one
//   entries 0107666163746f7279      type, length, value each
import type { Bits, Entries, FrameBytes, Light, WaveformName } from "./read/light.js";
import { UNSURE, WAVEFORMS } from "./read/light.js";
import { base64Bytes, isRate, RATE_ALLOWED } from "./read/samples-text.js";
import { runOf, RUNS_ALLOWED } from "./read/runs-text.js";
import { invalid } from "./read/source.js";

/** Digits behind the point: far less than what any receiver can tell apart. */
const DIGITS = 6;

type Reader = (name: string, words: readonly string[]) => Light;

const READERS: Readonly<Record<string, Reader>> = {
  samples(name, [rate, base64, ...more]) {
    const sampleHz = Number(rate);
    if (!isRate(sampleHz)) throw invalid(name, `samples begins with the rate, ${RATE_ALLOWED}`);
    const bytes = more.length ? undefined : base64Bytes(base64 ?? "");
    if (!bytes) throw invalid(name, "samples has unsigned bytes in base64 behind the rate");
    return { form: "samples", sampleHz, pieces: [bytes] };
  },
  edges(name, words) {
    const runs = words.map((word) => runOf(Number(word)));
    if (!runs.length || !runs.every((run) => run !== undefined)) throw invalid(name, `edges ${RUNS_ALLOWED}`);
    return { form: "edges", pieces: [Int32Array.from(runs)] };
  },
  pulses: (name, words) => ({ form: "pulses", heights: numbersOf(name, words) }),
  symbols: (name, [waveform, ...words]) => ({
    form: "symbols",
    waveform: waveformOf(name, waveform),
    lights: numbersOf(name, words),
  }),
  bits: (name, [waveform, ...words]) => ({
    form: "bits",
    waveform: waveformOf(name, waveform),
    bits: marked(name, words.join(""), /[01]/, "bits are 0 and 1, with ? behind an unsure one").map(
      ({ text, unsure }) => (text === "1" ? 1 : -1) * (unsure ? UNSURE : 1),
    ),
  }),
  frame(name, [waveform, ...words]) {
    const bytes = marked(name, words.join(""), /[0-9a-f]{2}/, "a frame is bytes in hex, with ? behind an unsure one");
    return {
      form: "frame",
      waveform: waveformOf(name, waveform),
      bytes: Uint8Array.from(bytes, ({ text }) => parseInt(text, 16)),
      doubtful: bytes.flatMap(({ unsure }, at) => (unsure ? [at] : [])),
    };
  },
  entries: (name, words) => ({
    form: "entries",
    bytes: Uint8Array.from(marked(name, words.join(""), /[0-9a-f]{2}/, "entries are bytes in hex"), ({ text }) =>
      parseInt(text, 16),
    ),
  }),
};

export const FORMS = Object.keys(READERS);

/** @throws UserError CAPTURE_INVALID */
export function parseLine(name: string, line: string): Light {
  const [form = "", ...words] = line.trim().split(/\s+/);
  const read = Object.hasOwn(READERS, form) ? READERS[form] : undefined;
  if (!read) throw invalid(name, `a text form begins with ${FORMS.slice(0, -1).join(", ")} or ${FORMS.at(-1)}`);
  return read(name, words);
}

function waveformOf(name: string, word = ""): WaveformName {
  if (Object.hasOwn(WAVEFORMS, word)) return word as WaveformName;
  throw invalid(name, `its waveform must be ${Object.keys(WAVEFORMS).join(", ")}`);
}

function numbersOf(name: string, words: readonly string[]): number[] {
  const numbers = words.map(Number);
  if (numbers.length && numbers.every(Number.isFinite)) return numbers;
  throw invalid(name, "behind its form stand numbers, with spaces between");
}

/** Pieces of a text, each of which may have a "?" behind it. */
function marked(name: string, text: string, piece: RegExp, allowed: string): { text: string; unsure: boolean }[] {
  const pieces = new RegExp(`(${piece.source})(\\??)`, "gi");
  if (!text || text.replace(pieces, "")) throw invalid(name, allowed);
  return Array.from(text.matchAll(pieces), ([, found = "", mark]) => ({ text: found, unsure: mark === "?" }));
}

export const samplesLine = (sampleHz: number, samples: Uint8Array): string =>
  `samples ${sampleHz} ${Buffer.from(samples).toString("base64")}`;

export const edgesLine = (runs: Iterable<number>): string => `edges ${Array.from(runs, signed).join(" ")}`;

export const pulsesLine = (heights: readonly number[]): string => `pulses ${heights.map(rounded).join(" ")}`;

export const symbolsLine = (waveform: WaveformName, lights: readonly number[]): string =>
  `symbols ${waveform} ${lights.map((light) => signed(rounded(light))).join(" ")}`;

export const bitsLine = ({ waveform, bits }: Omit<Bits, "form">): string =>
  `bits ${waveform} ${bits.map((bit) => (bit > 0 ? "1" : "0") + (Math.abs(bit) < 1 ? "?" : "")).join("")}`;

export function frameLine({ waveform, bytes, doubtful }: Omit<FrameBytes, "form">): string {
  const hex = Array.from(bytes, (byte, at) => hexOf(byte) + (doubtful.includes(at) ? "?" : ""));
  return `frame ${waveform} ${hex.join("")}`;
}

export const entriesLine = ({ bytes }: Omit<Entries, "form">): string =>
  `entries ${Buffer.from(bytes).toString("hex")}`;

const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");
const rounded = (value: number): number => Number(value.toFixed(DIGITS));
const signed = (value: number): string => (value < 0 ? String(value) : `+${value}`);
