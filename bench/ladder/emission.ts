// SPDX-License-Identifier: Apache-2.0
// What a sender shows: one piece of light for each symbol or unit interval, and where in it the frame's bits are.
import { crc32 } from "node:zlib";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { encodePacket } from "../../firmware/core/blinkup/packet.js";
import { biLevelRuns } from "../../firmware/core/modem/bi-level.js";
import { FIRST_PREAMBLE_PAIRS, REPEAT_PREAMBLE_PAIRS, burstRuns } from "../../firmware/core/modem/burst.js";
import { encodeBurstFrame } from "../../firmware/core/modem/burst-frame.js";
import { ternarySymbols } from "../../firmware/core/modem/ternary.js";
import { triLevelSymbols } from "../../firmware/core/modem/tri-level.js";
import { chance } from "./chance.js";

export type Waveform = "tri-level" | "bi-level" | "burst" | "ternary";

export interface Piece {
  /** 0 to 1. */
  readonly drive: number;
  readonly seconds: number;
}

/** One bit of the frame: from piece `at`, had it been the other bit, the sender would have shown `other`. */
export interface Choice {
  readonly bit: number;
  readonly at: number;
  readonly other: readonly number[];
}

export interface Emission {
  readonly pieces: readonly Piece[];
  /** As the light shows them: a frame shown again brings its bits again. */
  readonly choices: readonly Choice[];
  /** How often the frame is shown. */
  readonly passes: number;
}

export interface Sent {
  readonly waveform: Waveform;
  readonly entries: Uint8Array;
  /** All bytes on the air. */
  readonly frame: Uint8Array;
  /** So many of them may arrive wrong. */
  readonly correctableBytes: number;
  readonly emission: Emission;
}

export const TRI_LEVEL_GREY = 0.75;
export const TERNARY_GREY = 0.6;

/** Symbols or unit intervals before the frame's first bit. */
const TRI_LEVEL_LEAD = 48;
const BI_LEVEL_LEAD = 63;
const BURST_START_WORD = 8;
const TERNARY_LEAD = 40;
/** Reed-Solomon with eight parity bytes. */
const CORRECTABLE_BYTES = 4;

/** A frame of random entries, the same for the same seed, at `rateHz` symbols or unit intervals a second. */
export function send(waveform: Waveform, rateHz: number, passes: number, seed: number): Sent {
  const entries = randomEntries(seed);
  const frame = FRAMES[waveform](entries);
  const shows = Array.from({ length: passes }, (_, pass) => LIGHTS[waveform](frame, pass));
  const drives = shows.flatMap((show) => show.drives);
  const choices = shows.flatMap((show, pass) => choicesOf(frame, show, shows.slice(0, pass)));
  const correctableBytes = waveform === "burst" || waveform === "ternary" ? CORRECTABLE_BYTES : 0;
  const pieces = drives.map((drive) => ({ drive, seconds: 1 / rateHz }));
  return { waveform, entries, frame, correctableBytes, emission: { pieces, choices, passes } };
}

/** SSID of 10 characters, password of 12, token of 16 bytes. */
function randomEntries(seed: number): Uint8Array {
  const random = chance(seed, "entries");
  const text = (count: number) => random.bytes(count).map((byte) => 0x21 + (byte % 94));
  const entries = new Uint8Array(44);
  let at = putEntry(entries, 0, EntryType.Ssid, text(10));
  at = putEntry(entries, at, EntryType.Password, text(12));
  at = putEntry(entries, at, EntryType.Enrolment, random.bytes(16));
  return entries.subarray(0, at);
}

const packetOf = (entries: Uint8Array) => encodePacket(entries, entries.length);
const burstFrameOf = (entries: Uint8Array) => encodeBurstFrame(entries, entries.length, crc32);

const FRAMES: Readonly<Record<Waveform, (entries: Uint8Array) => Uint8Array>> = {
  "tri-level": packetOf,
  "bi-level": packetOf,
  burst: burstFrameOf,
  ternary: burstFrameOf,
};

/** One pass of a frame. */
interface Show {
  readonly drives: readonly number[];
  /** The piece at which a bit's choice is made, and what the other bit would have shown there. */
  choiceAt(bit: number): number;
  otherAt(at: number): number[];
}

const LIGHTS: Readonly<Record<Waveform, (frame: Uint8Array, pass: number) => Show>> = {
  "tri-level": triLevelShow,
  "bi-level": biLevelShow,
  burst: burstShow,
  ternary: ternaryShow,
};

function choicesOf(frame: Uint8Array, show: Show, before: readonly Show[]): Choice[] {
  const from = before.reduce((sum, { drives }) => sum + drives.length, 0);
  return Array.from({ length: frame.length * 8 }, (_, bit) => {
    const at = show.choiceAt(bit);
    return { bit, at: from + at, other: show.otherAt(at) };
  });
}

/** Black, then grey or white: only the lit symbol is a choice. */
function triLevelShow(packet: Uint8Array): Show {
  const drives = Array.from(triLevelSymbols(packet), (symbol) => [0, TRI_LEVEL_GREY, 1][symbol] as number);
  return {
    drives,
    choiceAt: (bit) => TRI_LEVEL_LEAD + 2 * bit + 1,
    otherAt: (at) => [drives[at] === 1 ? TRI_LEVEL_GREY : 1],
  };
}

function biLevelShow(packet: Uint8Array): Show {
  const drives = drivesOf(biLevelRuns(packet));
  return { drives, choiceAt: (bit) => BI_LEVEL_LEAD + bit, otherAt: (at) => [1 - (drives[at] as number)] };
}

/** The other bit of a pair is the pair turned round. */
function burstShow(frame: Uint8Array, pass: number): Show {
  const pairs = pass ? REPEAT_PREAMBLE_PAIRS : FIRST_PREAMBLE_PAIRS;
  const drives = drivesOf(burstRuns(frame, pairs));
  return {
    drives,
    choiceAt: (bit) => 2 * pairs + BURST_START_WORD + 2 * bit,
    otherAt: (at) => [drives[at + 1] as number, drives[at] as number],
  };
}

/** After its neighbour, a symbol has two levels to choose from. */
function ternaryShow(frame: Uint8Array): Show {
  const symbols = ternarySymbols(frame);
  const driveOf = (symbol: number) => [0, TERNARY_GREY, 1][symbol] as number;
  return {
    drives: Array.from(symbols, driveOf),
    choiceAt: (bit) => TERNARY_LEAD + bit,
    otherAt: (at) => [driveOf(3 - (symbols[at - 1] as number) - (symbols[at] as number))],
  };
}

/** Runs, lit first, as one drive a symbol. */
const drivesOf = (runs: Uint16Array): number[] =>
  Array.from(runs).flatMap((run, i) => new Array<number>(run).fill(1 - (i & 1)));
