// SPDX-License-Identifier: Apache-2.0
// Entries as light: one drive a symbol or unit interval, all equally long.
import { crc32 } from "node:zlib";
import { encodePacket } from "../../firmware/core/blinkup/packet.js";
import { biLevelRuns } from "../../firmware/core/modem/bi-level.js";
import { encodeBurstFrame } from "../../firmware/core/modem/burst-frame.js";
import { FIRST_PREAMBLE_PAIRS, REPEAT_PREAMBLE_PAIRS, burstRuns } from "../../firmware/core/modem/burst.js";
import { ternarySymbols } from "../../firmware/core/modem/ternary.js";
import { triLevelSymbols } from "../../firmware/core/modem/tri-level.js";
import { UserError } from "../errors.js";
import type { Waveform } from "../ladder/emission.js";
import { TERNARY_GREY, TRI_LEVEL_GREY } from "../ladder/emission.js";
import { tooLong } from "./settings.js";

/** Light; it is dark before and after. */
export interface Show {
  readonly waveform: Waveform;
  /** Symbols or unit intervals a second. */
  readonly rateHz: number;
  /** 0 to 1 each. */
  readonly drives: readonly number[];
}

export interface ShowOptions {
  readonly waveform: Waveform;
  /** The waveform's usual one that `sampleHz` can show, when left out. */
  readonly rateHz?: number | undefined;
  /** How often the frame is shown. */
  readonly repeat: number;
  /** Of whoever looks, when it samples. */
  readonly sampleHz?: number | undefined;
}

export const WAVEFORMS: readonly Waveform[] = ["bi-level", "burst", "tri-level", "ternary"];

/** Symbols or unit intervals a second that receivers take, the usual one first; screens show whole frames of 60 a second. */
const RATES: Readonly<Record<Waveform, readonly number[]>> = {
  "bi-level": [60, 30, 40, 142],
  burst: [1000, 120, 60, 2000],
  "tri-level": [60, 15, 20, 30],
  ternary: [60],
};
/** Fewer do not show a symbol. */
const SAMPLES_A_SYMBOL = 4;
const MOST_PACKET_ENTRIES_BYTES = 255;
const MOST_BURST_ENTRIES_BYTES = 240;

/** Screens show grey; a lamp does not. */
export const needsScreen = (waveform: Waveform): boolean => waveform === "tri-level" || waveform === "ternary";

/** @throws UserError SETTINGS_RATE or SETTINGS_TOO_LONG */
export function showOf(entries: Uint8Array, { waveform, rateHz, repeat, sampleHz = Infinity }: ShowOptions): Show {
  const rate = rateOf(waveform, rateHz, sampleHz);
  const passes = Array.from({ length: repeat }, (_, pass) => PASSES[waveform](entries, pass));
  return { waveform, rateHz: rate, drives: passes.flat() };
}

export const secondsOf = ({ drives, rateHz }: Show): number => drives.length / rateHz;

function rateOf(waveform: Waveform, asked: number | undefined, sampleHz: number): number {
  const rates = RATES[waveform];
  const fits = (rateHz: number) => rateHz * SAMPLES_A_SYMBOL <= sampleHz;
  const rateHz = asked ?? rates.find(fits) ?? (rates[0] as number);
  if (!rates.includes(rateHz))
    throw new UserError("SETTINGS_RATE", `There is no ${waveform} at ${rateHz} a second: say --rate ${list(rates)}.`);
  if (!fits(rateHz))
    throw new UserError(
      "SETTINGS_RATE",
      `${sampleHz} samples a second do not show ${rateHz} symbols: say --sample-hz ${rateHz * SAMPLES_A_SYMBOL} or more.`,
    );
  return rateHz;
}

function list(rates: readonly number[]): string {
  const sorted = [...rates].sort((a, b) => a - b);
  return sorted.join(", ").replace(/, (\d+)$/, " or $1");
}

const PASSES: Readonly<Record<Waveform, (entries: Uint8Array, pass: number) => number[]>> = {
  "bi-level": (entries) => [0, ...drivesOf(biLevelRuns(packetOf(entries)))],
  burst: (entries, pass) =>
    drivesOf(burstRuns(burstFrameOf(entries), pass ? REPEAT_PREAMBLE_PAIRS : FIRST_PREAMBLE_PAIRS)),
  "tri-level": (entries) => greys(triLevelSymbols(packetOf(entries)), TRI_LEVEL_GREY),
  ternary: (entries) => greys(ternarySymbols(burstFrameOf(entries)), TERNARY_GREY),
};

function packetOf(entries: Uint8Array): Uint8Array {
  if (entries.length > MOST_PACKET_ENTRIES_BYTES) throw tooLong(entries.length, MOST_PACKET_ENTRIES_BYTES);
  return encodePacket(entries, entries.length);
}

function burstFrameOf(entries: Uint8Array): Uint8Array {
  if (entries.length > MOST_BURST_ENTRIES_BYTES) throw tooLong(entries.length, MOST_BURST_ENTRIES_BYTES);
  return encodeBurstFrame(entries, entries.length, crc32);
}

/** Runs, lit first, as one drive a symbol. */
const drivesOf = (runs: Uint16Array): number[] =>
  Array.from(runs).flatMap((run, i) => new Array<number>(run).fill(1 - (i & 1)));

const greys = (symbols: Uint8Array, grey: number): number[] =>
  Array.from(symbols, (symbol) => [0, grey, 1][symbol] as number);
