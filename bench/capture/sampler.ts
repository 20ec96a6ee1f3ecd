// SPDX-License-Identifier: Apache-2.0
// Samples from a real board: a program that reads its light pin at each tick, and what its lines come to.
import type { Captured } from "./captured.js";
import { capturedSamples } from "./captured.js";
import type { Recording, SensorChoice } from "./recording.js";

/** What is known of samples from a real board. */
export interface BoardSamples {
  /** As the board's clock measured it. */
  readonly sampleHz: number;
  readonly askedHz: number;
  /** Lost blocks hold the level before them, so that the rest stands at its time. */
  readonly samples: Uint8Array;
  /** What called: the hardware timer, or the interpreter's. */
  readonly ticks: Ticks;
  /** How far the ticks that ended a block were from a steady clock. */
  readonly jitterUs: { readonly rms: number; readonly most: number };
  readonly blocks: number;
  readonly lostBlocks: number;
}

type Ticks = "timer" | "interval";

/** One line of 64 base64 characters: short of the 256 that the port sends without standing still. */
const BLOCK_SAMPLES = 48;
/** Two ends of blocks make a rate. */
const FEWEST_BLOCKS = 2;

/**
 * ES5. Ticks by the hardware timer where there is one that ticks (2v29 on), else by setInterval. A tick only stores: while it runs
 * all others are dropped. Full blocks are said by the program, each with its number and the time of its last sample.
 */
const samplerProgram = ({ gpio, sampleHz }: SensorChoice): string => `(function () {
  var pin = new Pin(${gpio}), ms = ${1000 / sampleHz}, from = getTime();
  var block = new Uint8Array(${BLOCK_SAMPLES}), spare = new Uint8Array(${BLOCK_SAMPLES}), full = null;
  var count = 0, number = 0, fullNumber = 0, fullTime = 0, timer, task, kind = "interval";
  function tick() {
    block[count++] = analogRead(pin) * 255;
    if (count < ${BLOCK_SAMPLES}) return;
    count = 0;
    number++;
    if (full) return;
    fullTime = getTime();
    fullNumber = number;
    full = block;
    block = spare;
  }
  function say() {
    if (!full) return;
    print("#s " + kind + " " + fullNumber + " " + ((fullTime - from) * 1e6 | 0) + " " + btoa(full));
    spare = full;
    full = null;
  }
  setInterval(say, 10);
  try { timer = require("timer"); } catch (e) { timer = null; }
  if (!timer) { setInterval(tick, ms); return kind; }
  kind = "timer";
  task = timer.add({ type: "EXEC", fn: tick, time: ms, interval: ms });
  setTimeout(function () {
    if (count || number) return;
    timer.remove(task);
    kind = "interval";
    setInterval(tick, ms);
  }, 300);
  return kind;
})()`;

interface Block {
  readonly number: number;
  readonly us: number;
  readonly samples: Uint8Array;
}

const LINE = /#s (timer|interval) (\d+) (\d+) ([A-Za-z0-9+/=]+)$/;

export class SampleRecording implements Recording {
  readonly program: string;
  private readonly blocks: Block[] = [];
  private ticks: Ticks = "interval";

  constructor(private readonly choice: SensorChoice) {
    this.program = samplerProgram(choice);
  }

  get seconds(): number {
    return (this.blocks.at(-1)?.us ?? 0) / 1e6;
  }

  take(line: string): boolean {
    const [, ticks, number, us, base64 = ""] = LINE.exec(line) ?? [];
    const samples = new Uint8Array(Buffer.from(base64, "base64"));
    if (samples.length !== BLOCK_SAMPLES) return false;
    this.ticks = ticks as Ticks;
    this.blocks.push({ number: Number(number), us: Number(us), samples });
    return true;
  }

  captured(provenance: string): Captured | undefined {
    const { blocks, ticks, choice } = this;
    if (blocks.length < FEWEST_BLOCKS) return undefined;
    const { slope, residuals } = fit(blocks);
    const samples = this.joined();
    const count = samples.length / BLOCK_SAMPLES;
    const found: BoardSamples = {
      sampleHz: (BLOCK_SAMPLES * 1e6) / slope,
      askedHz: choice.sampleHz,
      samples: choice.inverted ? samples.map((sample) => 255 - sample) : samples,
      ticks,
      jitterUs: {
        rms: Math.sqrt(residuals.reduce((sum, us) => sum + us * us, 0) / residuals.length),
        most: Math.max(...residuals.map(Math.abs)),
      },
      blocks: count,
      lostBlocks: count - blocks.length,
    };
    return capturedSamples(found, provenance, found);
  }

  private joined(): Uint8Array {
    const first = this.blocks[0]!.number;
    const samples = new Uint8Array((this.blocks.at(-1)!.number - first + 1) * BLOCK_SAMPLES);
    let end = 0;
    for (const block of this.blocks) {
      const at = (block.number - first) * BLOCK_SAMPLES;
      samples.fill(samples[end - 1] ?? 0, end, at);
      samples.set(block.samples, at);
      end = at + BLOCK_SAMPLES;
    }
    return samples;
  }
}

/** The straight line through the blocks' times, and how far each is from it, in microseconds. */
function fit(blocks: readonly Block[]): { slope: number; residuals: number[] } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, middleUs] = [mean(blocks.map(({ number }) => number)), mean(blocks.map(({ us }) => us))];
  let [above, below] = [0, 0];
  for (const { number, us } of blocks) {
    above += (number - middle) * (us - middleUs);
    below += (number - middle) ** 2;
  }
  const slope = above / below;
  return { slope, residuals: blocks.map(({ number, us }) => us - middleUs - slope * (number - middle)) };
}
