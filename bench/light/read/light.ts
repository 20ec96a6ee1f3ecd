// SPDX-License-Identifier: Apache-2.0
// Light at each part of the receiver's chain, from what a sensor saw to a frame's entries.
import { Waveform } from "../../../firmware/core/modem/waveform.js";

export type WaveformName = "bi-level" | "tri-level" | "burst" | "ternary";

/** What a converter saw: 0 to 255 each. */
export interface Samples {
  readonly form: "samples";
  readonly sampleHz: number;
  readonly pieces: Iterable<Uint8Array>;
}

/** A comparator's runs in microseconds: lit ones above zero, dark ones below. */
export interface Edges {
  readonly form: "edges";
  readonly pieces: Iterable<Int32Array>;
}

/** Heights of tri-level's pulses over black, in any unit. */
export interface Pulses {
  readonly form: "pulses";
  readonly heights: readonly number[];
}

/** Light of symbols on a clock, from -1 for dark to 1 for bright. */
export interface Symbols {
  readonly form: "symbols";
  readonly waveform: WaveformName;
  readonly lights: readonly number[];
}

/** Bits of a frame: above zero 1, below zero 0; less than 1 or -1 when unsure. */
export interface Bits {
  readonly form: "bits";
  readonly waveform: WaveformName;
  readonly bits: readonly number[];
}

/** A frame's bytes as they came, before any correction. */
export interface FrameBytes {
  readonly form: "frame";
  readonly waveform: WaveformName;
  readonly bytes: Uint8Array;
  /** Offsets of those with an unsure bit. */
  readonly doubtful: readonly number[];
}

/** What a frame says: type, length, value each. */
export interface Entries {
  readonly form: "entries";
  readonly bytes: Uint8Array;
}

export type Light = Samples | Edges | Pulses | Symbols | Bits | FrameBytes | Entries;

/** A bit so faint that its byte counts as doubtful. */
export const UNSURE = 0.01;

export const WAVEFORMS: Readonly<Record<WaveformName, Waveform>> = {
  "bi-level": Waveform.BiLevel,
  "tri-level": Waveform.TriLevel,
  burst: Waveform.Burst,
  ternary: Waveform.Ternary,
};

const NAMES = Object.keys(WAVEFORMS) as WaveformName[];

export const waveformName = (waveform: Waveform): WaveformName | "none" =>
  NAMES.find((name) => WAVEFORMS[name] === waveform) ?? "none";

/** Genuine BlinkUp has a start byte and a 16-bit check; ours a header and parity. */
export const isBlinkUp = (waveform: WaveformName): boolean => waveform === "bi-level" || waveform === "tri-level";
