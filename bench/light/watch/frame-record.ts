// SPDX-License-Identifier: Apache-2.0
// A frame as it went through the receiver: what was read, when, and how it ended.
import { START_BYTE } from "../../../firmware/core/blinkup/packet.js";
import { BURST_HEADER_BYTES, burstFrameLength } from "../../../firmware/core/modem/burst-frame.js";
import { DecodeStatus } from "../../../firmware/core/modem/decode-status.js";
import type { WaveformName } from "../read/light.js";
import { isBlinkUp, UNSURE } from "../read/light.js";

/** Start byte, length and check of a genuine frame. */
export const BLINKUP_BYTES = 4;

/** Refused for its length, its check or a field; or its light ended before it did. */
export type Ended = "complete" | "length" | "check" | "field" | "broken off";

/** A symbol in the light, and which of its levels it was taken for, 0 the darkest. */
export interface Mark {
  readonly fromS: number;
  readonly toS: number;
  readonly level: number;
}

export interface FrameRecord {
  readonly waveform: WaveformName;
  readonly inverted: boolean;
  /** Seconds since the light began: its start byte or header, and its end. */
  readonly startS: number;
  readonly endS: number;
  /** 0 where nothing had a clock. */
  readonly symbolS: number;
  readonly ended: Ended;
  /** From the start byte or header on; UNSURE ones mark doubtful bytes. */
  readonly bits: readonly number[];
  readonly doubtful: readonly number[];
  /** As the verdict left them: corrected, or summed with earlier passes. */
  readonly bytes: Uint8Array;
  readonly correctedBytes: number;
  /** Of the sum that was asked when the frame alone was not good; 0: it was not. */
  readonly passes: number;
  /** The same sum, before correction. */
  readonly summed: Uint8Array | undefined;
  /** What the bits were read from, a start word's worth before them too: pulses' heights, or light on a clock. */
  readonly read: readonly number[];
  readonly marks: readonly Mark[];
}

export const ENDED: Readonly<Record<DecodeStatus, Ended>> = {
  [DecodeStatus.Pending]: "broken off",
  [DecodeStatus.Complete]: "complete",
  [DecodeStatus.BadLength]: "length",
  [DecodeStatus.BadCheck]: "check",
  [DecodeStatus.BadField]: "field",
};

export const START_BITS: readonly number[] = Array.from({ length: 8 }, (_, i) => (START_BYTE & (0x80 >> i) ? 1 : -1));

/** Whole bytes of bits. */
export const bytesOfBits = (bits: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: bits.length >> 3 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit) => (byte << 1) | (bit > 0 ? 1 : 0), 0),
  );

/** Hard bits of soft ones; of each doubtful byte the faintest stays unsure. */
export function hardBits(soft: readonly number[], doubtful: readonly number[]): number[] {
  const bits = soft.map((value): number => (value > 0 ? 1 : -1));
  for (const at of doubtful) {
    const sizes = soft.slice(at * 8, at * 8 + 8).map(Math.abs);
    const faintest = at * 8 + sizes.indexOf(Math.min(...sizes));
    bits[faintest] = (bits[faintest] as number) * UNSURE;
  }
  return bits;
}

/** What the frame says, as far as it was read. */
export function entriesOf({ waveform, bytes }: Pick<FrameRecord, "waveform" | "bytes">): Uint8Array {
  const from = isBlinkUp(waveform) ? 2 : BURST_HEADER_BYTES;
  return bytes.slice(from, from + (bytes[1] ?? 0));
}

/** All its bytes came. */
export function isWhole({ waveform, bytes }: Pick<FrameRecord, "waveform" | "bytes">): boolean {
  const length = bytes[1] ?? Infinity;
  return bytes.length === (isBlinkUp(waveform) ? length + BLINKUP_BYTES : burstFrameLength(length));
}
