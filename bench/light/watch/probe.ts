// SPDX-License-Identifier: Apache-2.0
// What goes on in a receiver: counters at each gate and a record of every frame, by calls around the methods of its parts.
import { BYTE_SYMBOLS } from "../../../firmware/core/modem/byte-reader.js";
import type { EdgeReceiver } from "../../../firmware/core/modem/edge-receiver.js";
import type { Frame } from "../../../firmware/core/modem/frame.js";
import type { Pulses } from "../../../firmware/core/modem/pulses.js";
import type { Receiver } from "../../../firmware/core/modem/receiver.js";
import type { Repeats } from "../../../firmware/core/modem/repeats.js";
import type { Symbols } from "../../../firmware/core/modem/symbols.js";
import { Waveform } from "../../../firmware/core/modem/waveform.js";
import { around } from "./around.js";
import type { FrameRecord } from "./frame-record.js";
import type { Desk, Place, Sum } from "./frame-watch.js";
import { FrameWatch } from "./frame-watch.js";
import type { WaveformName } from "../read/light.js";
import type { Watcher } from "../reception.js";

export class Counters {
  samples = 0;
  /** Samples at the converter's ends. */
  brightest = 0;
  darkest = 0;
  blocks = 0;
  /** With too little light to look for anything. */
  quietBlocks = 0;
  readonly edges = { slow: 0, fast: 0, comparator: 0 };
  /** Equal runs that made a clock sure. */
  preambles = 0;
  readonly starts: Record<WaveformName, number> = { "bi-level": 0, "tri-level": 0, burst: 0, ternary: 0 };
  readonly refused = { length: 0, check: 0, field: 0 };
  brokenOff = 0;
  complete = 0;
  correctedBytes = 0;
  /** Passes in the sums that were asked for a verdict. */
  summedPasses = 0;

  take({ ended, waveform, correctedBytes, passes }: FrameRecord): void {
    this.starts[waveform]++;
    this.correctedBytes += correctedBytes;
    this.summedPasses += passes;
    if (ended === "complete") this.complete++;
    else if (ended === "broken off") this.brokenOff++;
    else this.refused[ended]++;
  }
}

/** Kept of what was read: a start word, and ternary's with some frames shown twice. */
const START_PULSES = 16;
const START_SYMBOLS = 16;
const START_TERNARY = 48;
const KEPT = 64;
const MOST_FRAMES = 100;

export class Probe implements Watcher, Desk {
  readonly counters = new Counters();
  /** The first of them: a long capture has thousands. */
  readonly frames: FrameRecord[] = [];
  place: Place = { fromS: 0, toS: 0 };
  /** Of edges: what came, the silence at the end apart. */
  lightS = 0;
  sum: Sum | undefined;
  private readonly watches: FrameWatch[] = [];
  /** A frame was complete, and no light came since: what is given up was none. */
  private completed = false;

  /** The light is over: what is under way broke off. */
  end(): void {
    for (const watch of this.watches) watch.close(0);
  }

  onFrame(record: FrameRecord): void {
    if (record.ended === "broken off" && this.completed) return;
    if (record.ended === "complete") this.completed = true;
    this.counters.take(record);
    if (this.frames.length < MOST_FRAMES) this.frames.push(record);
  }

  samples(samples: Uint8Array): void {
    const { counters } = this;
    counters.samples += samples.length;
    for (const sample of samples) {
      if (sample === 255) counters.brightest++;
      else if (sample === 0) counters.darkest++;
    }
  }

  receiver(receiver: Receiver, sampleHz: number): void {
    const { counters } = this;
    const { clock } = receiver;
    let fed = 0;
    let looked = false;
    const secondOf = (place: number) => (fed - receiver._kept + place) / sampleHz;
    around(receiver, "feed", (feed, _samples, count) => {
      this.completed = looked = false;
      const status = feed();
      fed += count;
      counters.blocks++;
      if (!looked) counters.quietBlocks++;
      return status;
    });
    around(receiver, "_receive", (receive) => {
      looked = true;
      receive();
    });
    around(clock, "start", (start) => {
      counters.preambles++;
      start();
    });
    // A byte at once comes to the same as its symbols one by one, which are what is watched.
    around(clock.bytes, "readByte", () => {
      for (let i = clock.bytes.first(); i < BYTE_SYMBOLS; i++) receiver.symbols.push(clock.bytes.light[i]!);
    });
    this.countEdges(receiver);
    this.pulses(receiver.pulses, this.pulsePlaces(receiver, secondOf));
    this.symbols(receiver.symbols, symbolPlaces(receiver, secondOf));
    this.repeats(receiver._repeats);
  }

  edgeReceiver(receiver: EdgeReceiver): void {
    let beganUs = 0;
    let read = 0;
    around(receiver, "feed", (feed, runs) => {
      this.completed = false;
      this.counters.edges.comparator++;
      const status = feed();
      this.lightS = beganUs / 1e6;
      beganUs += Math.abs(runs[0] as number);
      return status;
    });
    around(receiver, "_sum", (sum) => {
      read = 0;
      sum();
    });
    around(receiver.symbols, "restart", (restart) => {
      if (!this.completed) this.counters.preambles++;
      restart();
    });
    this.symbols(receiver.symbols, () => {
      read += receiver._left;
      return { fromS: (beganUs + read - receiver._unit) / 1e6, toS: (beganUs + read) / 1e6 };
    });
    this.repeats(receiver._repeats);
  }

  /** `placeOf`: where the pulse is that is being read. */
  pulses(pulses: Pulses, placeOf = (): Place => this.place): void {
    const heights = { lit: new Tail(), dark: new Tail() };
    const watches = pulses.frames.map((frame) =>
      this.watch(frame, (_, inverted) => heights[inverted ? "dark" : "lit"].last(START_PULSES)),
    );
    around(pulses, "push", (take, lit, _, before, behind) => {
      const black = (before + behind) / 2;
      const light = pulses.last;
      if (light >= 0) heights[lit ? "dark" : "lit"].push(lit ? black - light : light - black);
      this.place = placeOf();
      return take();
    });
    around(pulses, "_read", (read, height, jump) => {
      const open = watches.filter((watch) => watch.isOpen("tri-level"));
      const rise = riseOf(pulses, height, Math.abs(jump) / 2);
      for (const watch of open) watch.read(rise);
      read();
      for (const watch of open) watch.mark(watch.lastBit > 0 ? 2 : 1);
    });
  }

  /** `placeOf`: where the symbol is that is being read. */
  symbols(symbols: Symbols, placeOf = (): Place => this.place): void {
    const [two, three] = [new Tail(), new Tail()];
    const watches = symbols.frames.map((frame) =>
      this.watch(frame, (waveform) =>
        waveform === Waveform.Ternary ? three.last(START_TERNARY) : two.last(START_SYMBOLS),
      ),
    );
    around(symbols, "push", (push, light) => {
      this.place = placeOf();
      two.push(light);
      for (const watch of watches)
        if (watch.isOpen("bi-level") || watch.isOpen("burst")) {
          watch.read(light);
          watch.mark(light > 0 ? 1 : 0);
        }
      push();
    });
    around(symbols, "pushTernary", (push, light) => {
      const open = watches.filter((watch) => watch.isOpen("ternary"));
      // Else it was told to "push" first.
      if (symbols.threeLevel) this.place = placeOf();
      three.push(light);
      for (const watch of open) watch.read(light);
      push();
      for (const watch of open) watch.mark(symbols._level);
    });
  }

  frame(frame: Frame): void {
    this.watch(frame, () => []);
  }

  private watch(frame: Frame, before: (waveform: Waveform, inverted: boolean) => readonly number[]): FrameWatch {
    const watch = new FrameWatch(frame, this, before);
    this.watches.push(watch);
    return watch;
  }

  private countEdges({ slow, fast }: Receiver): void {
    const { edges } = this.counters;
    around(slow, "_endRun", (endRun) => {
      edges.slow++;
      endRun();
    });
    around(fast, "_endRun", (endRun) => {
      edges.fast++;
      endRun();
    });
  }

  /** A pulse is read when the run behind it ends, or before that, when enough of it is seen. */
  private pulsePlaces({ slow }: Receiver, secondOf: (place: number) => number): () => Place {
    const ends = new Tail();
    let isEnding = 0;
    around(slow, "_endRun", (endRun, _window, _lit, time) => {
      ends.push(secondOf(time));
      isEnding = 1;
      endRun();
      isEnding = 0;
    });
    return () => {
      const [from = 0, to = from] = ends.last(2 + isEnding);
      return { fromS: from, toS: to };
    };
  }

  private repeats(repeats: Repeats): void {
    around(repeats, "sumInto", (sum, bytes) => {
      const summed = sum();
      if (summed) this.sum = { passes: repeats._passes, bytes: bytes.slice() };
      return summed;
    });
  }
}

/** The clock goes from symbol to symbol, from where it was when it began with the block. */
function symbolPlaces({ clock }: Receiver, secondOf: (place: number) => number): () => Place {
  let next = 0;
  let setOn = 0;
  around(clock, "run", (run) => {
    const waiting = clock._place ? clock._place - clock.bytes.first() : 0;
    next = clock._at + clock._reach - waiting * clock.unit;
    run();
  });
  around(clock, "_edge", (edge) => (setOn = edge()));
  return () => {
    const { unit } = clock;
    const place = { fromS: secondOf(next - unit / 2), toS: secondOf(next + unit / 2) };
    next += unit + setOn;
    setOn = 0;
    return place;
  };
}

/** The last values of many. */
class Tail {
  private readonly values: number[] = [];

  push(value: number): void {
    if (this.values.push(value) > KEPT) this.values.shift();
  }

  last(count: number): readonly number[] {
    return this.values.slice(-count);
  }
}

/** The height over black that the receiver goes by: where black jumped, that over the side which fits the levels. */
function riseOf(pulses: Pulses, height: number, spread: number): number {
  if (spread <= (pulses._white - pulses.grey) / 8) return height;
  const rises = [height, height - spread, height + spread];
  const misfits = rises.map((rise) => pulses._misfitOf(rise));
  return rises[misfits.indexOf(Math.min(...misfits))] as number;
}
