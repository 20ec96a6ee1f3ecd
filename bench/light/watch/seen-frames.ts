// SPDX-License-Identifier: Apache-2.0
// Which frames there were, for other eyes: secrets are masked.
import type { Fields } from "../../decode.js";
import { fieldsOf } from "../../decode.js";
import type { Ended, FrameRecord } from "./frame-record.js";
import { entriesOf } from "./frame-record.js";
import type { WaveformName } from "../read/light.js";
import { masked } from "./masked.js";
import { whyRefused } from "./refusal.js";
import { rounded } from "../tune/rounded.js";

export interface FrameSeen {
  readonly waveform: WaveformName;
  readonly ended: Ended;
  readonly startS: number;
  readonly endS: number;
  readonly symbolHz: number;
  readonly polarity: "upright" | "inverted";
  readonly correctedBytes: number;
  readonly passes: number;
  /** Of a complete frame, secrets masked. */
  readonly says?: Fields;
  readonly why?: string;
}

/** A start word, or two on top of each other. */
const START_SYMBOLS = 32;

/** Those that are frames, the complete ones first. What began while a longer one was under way was none. */
export function sortFrames(records: readonly FrameRecord[]): { light: FrameRecord[]; other: number } {
  const beganWithin = (inner: FrameRecord, { startS, endS, symbolS, bits }: FrameRecord) =>
    inner.startS >= startS - START_SYMBOLS * symbolS && inner.startS < endS && inner.bits.length < bits.length;
  const light = records.filter((record) => !records.some((outer) => beganWithin(record, outer)));
  const rank = ({ ended }: FrameRecord) => (ended === "complete" ? 0 : 1);
  return { light: light.sort((a, b) => rank(a) - rank(b)), other: records.length - light.length };
}

export function frameSeen(record: FrameRecord): FrameSeen {
  const { waveform, ended, inverted, correctedBytes, passes, symbolS } = record;
  return {
    waveform,
    ended,
    startS: rounded(record.startS, 3),
    endS: rounded(record.endS, 3),
    symbolHz: symbolS ? rounded(1 / symbolS, 1) : 0,
    polarity: inverted ? "inverted" : "upright",
    correctedBytes,
    passes,
    ...(ended === "complete" ? { says: masked(fieldsOf(entriesOf(record))) } : { why: whyRefused(record) }),
  };
}
