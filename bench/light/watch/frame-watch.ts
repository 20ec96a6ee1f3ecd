// SPDX-License-Identifier: Apache-2.0
// One of a receiver's frames, watched: a record of each that begins there.
import type { WaveformName } from "../read/light.js";
import { DecodeStatus } from "../../../firmware/core/modem/decode-status.js";
import type { Frame } from "../../../firmware/core/modem/frame.js";
import type { Waveform } from "../../../firmware/core/modem/waveform.js";
import { around } from "./around.js";
import type { FrameRecord, Mark } from "./frame-record.js";
import { bytesOfBits, ENDED, hardBits, START_BITS } from "./frame-record.js";
import { isBlinkUp, UNSURE, waveformName } from "../read/light.js";

/** A stretch of the light, in seconds since it began. */
export interface Place {
  readonly fromS: number;
  readonly toS: number;
}

/** A sum of passes that was asked for a verdict. */
export interface Sum {
  readonly passes: number;
  readonly bytes: Uint8Array;
}

/** Who watches: where the receiver is, and who hears of a frame's end. */
export interface Desk {
  place: Place;
  sum: Sum | undefined;
  onFrame(record: FrameRecord): void;
}

/** Bytes of a frame that broke off; with less it was none. */
const LEAST_BROKEN_BYTES = 3;
/** Steps that differ by more, of the middle one, have a symbol shown twice in them. */
const USUAL = 0.25;

interface Begun {
  readonly waveform: WaveformName;
  readonly inverted: boolean;
  readonly startS: number;
  readonly soft: number[];
  readonly read: number[];
  readonly marks: Mark[];
}

export class FrameWatch {
  private begun: Begun | undefined;

  /** `before`: what was read last when a frame begins. */
  constructor(
    private readonly frame: Frame,
    private readonly desk: Desk,
    before: (waveform: Waveform, inverted: boolean) => readonly number[],
  ) {
    around(frame, "start", (start, waveform, inverted) => {
      start();
      this.begin(waveform, inverted, before(waveform, inverted));
    });
    around(frame, "bit", (take, bit, doubtful) => {
      this.begun?.soft.push((bit ? 1 : -1) * (doubtful ? UNSURE : 1));
      return take();
    });
    around(frame, "soft", (take, upright) => {
      this.begun?.soft.push(frame.inverted ? -upright : upright);
      take();
    });
    around(frame, "_end", (end, status) => {
      this.close(status);
      end();
    });
    around(frame, "abandon", (abandon) => {
      this.close(DecodeStatus.Pending);
      abandon();
    });
  }

  /** Takes one more value that the frame is read from. */
  read(value: number): void {
    this.begun?.read.push(value);
  }

  mark(level: number): void {
    this.begun?.marks.push({ ...this.desk.place, level });
  }

  isOpen(waveform: WaveformName): boolean {
    return this.begun?.waveform === waveform;
  }

  get lastBit(): number {
    return this.begun?.soft.at(-1) ?? 0;
  }

  close(status: DecodeStatus): void {
    const begun = this.begun;
    this.begun = undefined;
    if (!begun) return;
    const record = this.recordOf(begun, status);
    if (status !== DecodeStatus.Pending || record.bits.length >= 8 * LEAST_BROKEN_BYTES) this.desk.onFrame(record);
  }

  private begin(waveform: Waveform, inverted: boolean, before: readonly number[]): void {
    const name = waveformName(waveform);
    if (name === "none") return;
    const soft = isBlinkUp(name) ? [...START_BITS] : [];
    const startS = this.desk.place.toS;
    this.begun = { waveform: name, inverted, startS, soft, read: [...before], marks: [] };
  }

  private recordOf({ soft, marks, ...begun }: Begun, status: DecodeStatus): FrameRecord {
    const { place, sum } = this.desk;
    const { bytes, _doubtful, _doubts } = this.frame;
    // Of a genuine frame each bit is doubtful or not; of ours, bytes.
    const isOurs = !isBlinkUp(begun.waveform);
    const doubtful = isOurs ? Array.from(_doubtful.subarray(0, _doubts)) : [];
    const bits = isOurs ? hardBits(soft, doubtful) : soft;
    const came = sum?.bytes ?? bytesOfBits(bits);
    const left = bytes.slice(0, came.length);
    this.desk.sum = undefined;
    return {
      ...begun,
      endS: place.toS,
      symbolS: begun.waveform === "tri-level" ? pulseS(marks) : clockS(marks),
      ended: ENDED[status],
      bits,
      doubtful,
      bytes: status === DecodeStatus.Pending ? came : left,
      correctedBytes: status === DecodeStatus.Complete ? left.filter((byte, i) => byte !== came[i]).length : 0,
      passes: sum?.passes ?? 0,
      summed: sum?.bytes,
      marks: begun.waveform === "tri-level" ? withBlack(marks) : marks,
    };
  }
}

/** Symbols on a clock: all of them, over how many there are. */
function clockS(marks: readonly Mark[]): number {
  const [first, last] = [marks[0], marks.at(-1)];
  return first && last ? (last.toS - first.fromS) / marks.length : 0;
}

/** From pulse to pulse it is two symbols, unless the screen showed one of them twice. */
function pulseS(pulses: readonly Mark[]): number {
  const steps = pulses.slice(1).map(({ fromS }, i) => fromS - (pulses[i] as Mark).fromS);
  const middle = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 0;
  const usual = steps.filter((step) => Math.abs(step - middle) < USUAL * middle);
  return usual.reduce((sum, step) => sum + step, 0) / (usual.length || 1) / 2;
}

/** Between two pulses it is black. */
const withBlack = (pulses: readonly Mark[]): Mark[] =>
  pulses.flatMap((pulse, i) => {
    const next = pulses[i + 1];
    return next ? [pulse, { fromS: pulse.toS, toS: next.fromS, level: 0 }] : [pulse];
  });
