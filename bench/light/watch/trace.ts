// SPDX-License-Identifier: Apache-2.0
// Frames as text forms. Only lines are given that come to the same when they are fed again.
import { isDeepStrictEqual } from "node:util";
import { decodeLight } from "../../decode.js";
import { Comparator } from "../comparator.js";
import type { Examined } from "./examine.js";
import type { Ended, FrameRecord } from "./frame-record.js";
import { bytesOfBits, ENDED, entriesOf, isWhole } from "./frame-record.js";
import type { Light } from "../read/light.js";
import { FAST_HZ, receiveLight } from "../reception.js";
import {
  bitsLine,
  edgesLine,
  entriesLine,
  frameLine,
  parseLine,
  pulsesLine,
  samplesLine,
  symbolsLine,
} from "../text-form.js";

/** The light as it came, then each frame's parts; remarks begin with "#". */
export function traceLines(light: Light, examined: Examined): string[] {
  const { frames, counters } = examined.probe;
  const traces = traceOf(frames).flatMap((trace) => [describeTrace(trace), ...trace.lines]);
  const ended = counters.complete + counters.brokenOff + Object.values(counters.refused).reduce((a, b) => a + b);
  const more = ended > frames.length ? [`# and ${ended - frames.length} more frames`] : [];
  return [...lightLines(light, examined), ...traces, ...more];
}

function lightLines(light: Light, { kept, decoded }: Examined): string[] {
  if (light.form !== "samples" && light.form !== "edges") return [];
  if (!kept.isWhole) return ["# too much light for a line"];
  if (light.form === "edges") return [edgesLine(kept.runs())];
  const samples = kept.samples();
  const fast = light.sampleHz >= FAST_HZ ? [edgesLine(new Comparator(light.sampleHz).feed(samples))] : [];
  const saysTheSame = (line: string) => isDeepStrictEqual(decodeLight(parseLine("", line)), decoded);
  return [
    samplesLine(light.sampleHz, samples),
    ...fast.filter((line) => line.length > "edges ".length && saysTheSame(line)),
  ];
}

/** Lines that say the same, and what they come to. */
export interface Trace {
  /** Of how many passes this is the sum; 0: one pass alone. */
  readonly passes: number;
  readonly frame: number;
  readonly waveform: string;
  readonly ended: Ended;
  readonly lines: readonly string[];
}

export function traceOf(records: readonly FrameRecord[]): Trace[] {
  return records.flatMap((record, i) => {
    const { waveform, passes, ended } = record;
    const alone = { passes: 0, frame: i + 1, waveform, ended: passes ? ("check" as const) : ended };
    const traces = [{ ...alone, lines: linesOf(record).filter((line) => comesTo(line, alone.ended)) }];
    if (passes)
      traces.push({ ...alone, passes, ended, lines: sumLines(record).filter((line) => comesTo(line, ended)) });
    return traces.filter(({ lines }) => lines.length > 0);
  });
}

export function describeTrace({ frame, waveform, ended, passes }: Trace): string {
  const what = ended === "complete" || ended === "broken off" ? ended : `refused for its ${ended}`;
  return `# frame ${frame}${passes ? `, summed with earlier ones, ${passes} in all` : ""}: ${waveform}, ${what}`;
}

function linesOf(record: FrameRecord): string[] {
  const { waveform, read, bits, doubtful, passes } = record;
  const bytes = bytesOfBits(bits);
  return [
    waveform === "tri-level" ? pulsesLine(normal(read)) : symbolsLine(waveform, read),
    bitsLine({ waveform, bits }),
    frameLine({ waveform, bytes, doubtful: doubtful.filter((at) => at < bytes.length) }),
    ...(passes ? [] : checkedEntries(record)),
  ];
}

/** Its entries have no line where even the check is not good. */
function checkedEntries(record: FrameRecord): string[] {
  const entries = entriesOf(record);
  const isChecked = (record.ended === "complete" || record.ended === "field") && isWhole(record);
  return isChecked ? [entriesLine({ bytes: entries })] : [];
}

function sumLines(record: FrameRecord): string[] {
  const { waveform, summed = record.bytes } = record;
  return [frameLine({ waveform, bytes: summed, doubtful: [] }), ...checkedEntries(record)];
}

/** In parts of the highest: 1 is white. */
function normal(heights: readonly number[]): number[] {
  const white = Math.max(...heights);
  return heights.map((height) => height / white);
}

function comesTo(line: string, ended: Ended): boolean {
  const { entries, refusal } = receiveLight(parseLine("", line));
  return entries ? ended === "complete" : ENDED[refusal] === ended;
}
