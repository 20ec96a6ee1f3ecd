// SPDX-License-Identifier: Apache-2.0
// Light through the receiver, from whichever part of its chain on.
import { entriesAreValid } from "../../firmware/core/blinkup/entries.js";
import { START_BYTE } from "../../firmware/core/blinkup/packet.js";
import { BURST_HEADER_BYTES } from "../../firmware/core/modem/burst-frame.js";
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { EdgeReceiver } from "../../firmware/core/modem/edge-receiver.js";
import { Frame } from "../../firmware/core/modem/frame.js";
import { Pulses } from "../../firmware/core/modem/pulses.js";
import { Receiver } from "../../firmware/core/modem/receiver.js";
import { Repeats } from "../../firmware/core/modem/repeats.js";
import { Symbols } from "../../firmware/core/modem/symbols.js";
import { Waveform } from "../../firmware/core/modem/waveform.js";
import { digest } from "../../hal/sim/digest.js";
import { Comparator } from "./comparator.js";
import type * as Chain from "./read/light.js";
import { isBlinkUp, UNSURE, WAVEFORMS } from "./read/light.js";

/** The entries of the first complete frame, as on the air; else the first refusal, or Pending. */
export interface Verdict {
  readonly entries?: Uint8Array;
  readonly refusal: DecodeStatus;
}

/** Watches the parts of the chain that light goes through; nothing then ends with the first complete frame. */
export interface Watcher {
  samples(samples: Uint8Array): void;
  receiver(receiver: Receiver, sampleHz: number): void;
  edgeReceiver(receiver: EdgeReceiver): void;
  pulses(pulses: Pulses): void;
  symbols(symbols: Symbols): void;
  frame(frame: Frame): void;
}

/** Samples that often may hold light that is too fast for the sample receiver, but not for edges. */
export const FAST_HZ = 2500;
const BLOCK = 256;
/** Quiet light after the end, so that a frame's last bits can close. */
const TAIL_S = 1;

export function receiveLight(light: Chain.Light, watcher?: Watcher): Verdict {
  switch (light.form) {
    case "samples":
      return receiveSamples(light, watcher);
    case "edges":
      return receiveEdges(light, watcher);
    case "pulses":
      return receivePulses(light, watcher);
    case "symbols":
      return receiveSymbols(light, watcher);
    case "bits":
      return receiveBits(light, watcher);
    case "frame":
      return receiveBits({ form: "bits", waveform: light.waveform, bits: bitsOf(light) }, watcher);
    case "entries":
      return judge(light.bytes);
  }
}

/** What came first counts. */
class Tally {
  entries?: Uint8Array;
  refusal = DecodeStatus.Pending;

  take(status: DecodeStatus, entries: () => Uint8Array): void {
    if (status === DecodeStatus.Complete) this.entries ??= entries().slice();
    else if (this.refusal === DecodeStatus.Pending) this.refusal = status;
  }
}

function receiveSamples({ sampleHz, pieces }: Chain.Samples, watcher?: Watcher): Verdict {
  const whole = new SampleGate(sampleHz, watcher);
  const fast = sampleHz >= FAST_HZ ? new FastGate(sampleHz, watcher) : undefined;
  let last = 0;
  for (const piece of pieces) {
    watcher?.samples(piece);
    whole.feed(piece);
    fast?.feed(piece);
    last = piece.at(-1) ?? last;
  }
  const tail = new Uint8Array(Math.ceil(sampleHz * TAIL_S)).fill(last);
  whole.end(tail);
  fast?.end();
  const [slowly, fastly] = [whole.tally, fast?.tally];
  if (slowly.entries || !fastly) return slowly;
  return fastly.entries || slowly.refusal === DecodeStatus.Pending ? fastly : slowly;
}

class SampleGate {
  readonly tally = new Tally();
  private readonly receiver: Receiver;
  private readonly block = new Uint8Array(BLOCK);
  private count = 0;

  constructor(
    sampleHz: number,
    private readonly watcher: Watcher | undefined,
  ) {
    this.receiver = new Receiver(sampleHz, digest);
    watcher?.receiver(this.receiver, sampleHz);
  }

  feed(samples: Uint8Array): void {
    for (let at = 0; at < samples.length;) {
      const some = samples.subarray(at, at + BLOCK - this.count);
      this.block.set(some, this.count);
      this.count += some.length;
      at += some.length;
      if (this.count === BLOCK) this.flush();
    }
  }

  end(tail: Uint8Array): void {
    this.flush();
    this.feed(tail);
    this.flush();
  }

  private flush(): void {
    const { receiver, block, count, tally } = this;
    this.count = 0;
    if (!count || (tally.entries && !this.watcher)) return;
    forgetEnded(receiver.symbols);
    const status = receiver.feed(block, count);
    if (isHeaderless(status, receiver.symbols)) return;
    tally.take(status, () => receiver.entries.subarray(0, receiver.entriesLength));
  }
}

class EdgeGate {
  readonly tally = new Tally();
  private readonly receiver = new EdgeReceiver(digest);
  private readonly one = new Int32Array(1);

  constructor(
    private readonly watcher: Watcher | undefined,
    /** What the receiver says of another is not believed. */
    private readonly only: Waveform = Waveform.None,
  ) {
    watcher?.edgeReceiver(this.receiver);
  }

  feed(run: number): void {
    const { receiver, tally, one } = this;
    if (!run || (tally.entries && !this.watcher)) return;
    one[0] = run;
    forgetEnded(receiver.symbols);
    const status = receiver.feed(one, 1);
    if (status && this.believes(status)) tally.take(status, () => receiver.entries.subarray(0, receiver.entriesLength));
  }

  /** `lit`: what the light was last, and is no longer. */
  end(lit: boolean): void {
    this.feed((lit ? -1 : 1) * TAIL_S * 1e6);
  }

  private believes(status: DecodeStatus): boolean {
    const { symbols, waveform } = this.receiver;
    if (isHeaderless(status, symbols)) return false;
    if (!this.only) return true;
    return status === DecodeStatus.Complete
      ? waveform === this.only
      : symbols.frames.some(({ ended }) => ended === this.only);
  }
}

/** So that the frames tell which of them a status is about. */
function forgetEnded({ frames }: Symbols): void {
  for (const frame of frames) frame.ended = Waveform.None;
}

/** Noise and other waveforms make starts of ours; a header, which has a check of its own, they hardly make. Without one it was no frame. */
const isHeaderless = (status: DecodeStatus, { frames }: Symbols): boolean =>
  status === DecodeStatus.BadLength && frames.some(({ ended }) => ended > Waveform.TriLevel);

/** Burst beyond what the sample receiver reads: its check is strong enough for light that was sliced so plainly. */
class FastGate {
  private readonly comparator: Comparator;
  private readonly gate: EdgeGate;
  private lit = false;

  constructor(sampleHz: number, watcher: Watcher | undefined) {
    this.comparator = new Comparator(sampleHz);
    this.gate = new EdgeGate(watcher, Waveform.Burst);
  }

  get tally(): Tally {
    return this.gate.tally;
  }

  feed(samples: Uint8Array): void {
    for (const run of this.comparator.feed(samples)) {
      this.gate.feed(run);
      this.lit = run > 0;
    }
  }

  end(): void {
    this.gate.end(this.lit);
  }
}

function receiveEdges({ pieces }: Chain.Edges, watcher?: Watcher): Verdict {
  const gate = new EdgeGate(watcher);
  let lit = false;
  for (const piece of pieces)
    for (const run of piece) {
      gate.feed(run);
      lit = run > 0;
    }
  gate.end(lit);
  return gate.tally;
}

function receivePulses({ heights }: Chain.Pulses, watcher?: Watcher): Verdict {
  const pulses = new Pulses(new Repeats(digest));
  watcher?.pulses(pulses);
  return verdictOn(pulses.frames, Waveform.TriLevel, heights, (height) => {
    pulses.push(true, height, 0, 0);
    pulses.push(false, 0, 0, 0);
  });
}

function receiveSymbols({ waveform, lights }: Chain.Symbols, watcher?: Watcher): Verdict {
  const symbols = new Symbols(new Repeats(digest));
  watcher?.symbols(symbols);
  return verdictOn(symbols.frames, WAVEFORMS[waveform], lights, (light) => {
    if (waveform === "ternary") symbols.pushTernary(light);
    else symbols.push(light);
  });
}

function receiveBits({ waveform, bits }: Chain.Bits, watcher?: Watcher): Verdict {
  const frame = new Frame(new Repeats(digest));
  watcher?.frame(frame);
  const isOurs = !isBlinkUp(waveform);
  frame.start(WAVEFORMS[waveform], false, isOurs ? 0 : START_BYTE);
  return verdictOn([frame], WAVEFORMS[waveform], isOurs ? bits : behindStart(bits), (bit) => {
    if (isOurs) frame.soft(bit);
    else frame.bit(bit > 0 ? 1 : 0, false);
  });
}

/** Bits behind the start byte; what stands before it is preamble. */
function behindStart(bits: readonly number[]): readonly number[] {
  const text = bits.map((bit) => (bit > 0 ? "1" : "0")).join("");
  const start = text.indexOf(START_BYTE.toString(2).padStart(8, "0"));
  return start < 0 ? [] : bits.slice(start + 8);
}

function bitsOf({ bytes, doubtful }: Chain.FrameBytes): number[] {
  return Array.from(bytes).flatMap((byte, at) => {
    const size = doubtful.includes(at) ? UNSURE : 1;
    return Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1 ? size : -size));
  });
}

/** Feeds all, and asks the frames of one waveform. */
function verdictOn<T>(
  frames: readonly Frame[],
  waveform: Waveform,
  fed: readonly T[],
  feed: (one: T) => void,
): Verdict {
  const tally = new Tally();
  for (const one of fed) {
    feed(one);
    for (const frame of frames) {
      const { status, ended } = frame;
      frame.status = DecodeStatus.Pending;
      if (status && ended === waveform) tally.take(status, () => entriesOf(frame));
    }
  }
  return tally;
}

function entriesOf({ ended, bytes }: Frame): Uint8Array {
  const from = ended === Waveform.BiLevel || ended === Waveform.TriLevel ? 2 : BURST_HEADER_BYTES;
  return bytes.subarray(from, from + (bytes[1] as number));
}

const judge = (entries: Uint8Array): Verdict =>
  entriesAreValid(entries, entries.length)
    ? { entries, refusal: DecodeStatus.Pending }
    : { refusal: DecodeStatus.BadField };
