// SPDX-License-Identifier: Apache-2.0
// Light without a frame, and the frames that the receiver makes of it all the same: there should be none.
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Receiver } from "../../firmware/core/modem/receiver.js";
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { digest } from "../../hal/sim/digest.js";
import { Random } from "../line/random.js";
import { wholeNumber } from "../options.js";

const SAMPLE_HZ = 600;
const BLOCK = 128;
const BLOCKS_A_SCENE = 400;

type Light = (s: number) => number;

/** Scenes of a shop, each with its own chance: light from 0 to 1 by seconds. */
const SCENES: readonly ((random: Random) => Light)[] = [
  (random) => noise(random, random.fraction() * 0.5),
  (random) => {
    const [hz, depth] = [random.fraction() < 0.5 ? 100 : 120, random.fraction() * 0.4];
    const grain = noise(random, 0.02);
    return (s) => grain(s) + depth * Math.abs(Math.sin(Math.PI * hz * s));
  },
  // Hands before the sensor, several times a second.
  (random) => {
    const [hz, grain] = [1 + random.fraction() * 12, noise(random, 0.02)];
    return (s) => grain(s) + 0.5 * smooth(Math.sin(2 * Math.PI * hz * s + Math.sin(3.1 * s)));
  },
  // A lamp that somebody switches, or whose contact is bad.
  (random) => {
    let [level, until] = [0, 0];
    return (s) => {
      if (s > until) {
        level = random.fraction();
        until = s + random.fraction() ** 3;
      }
      return level;
    };
  },
  // Symbols at a sender's rate that say nothing.
  (random) => {
    const rate = [30, 60, 120, 142][Math.floor(random.fraction() * 4)] as number;
    const levels = random.fraction() < 0.5 ? 2 : 3;
    let [level, symbol] = [0, -1];
    const grain = noise(random, 0.02);
    return (s) => {
      if (Math.floor(s * rate) !== symbol) {
        symbol = Math.floor(s * rate);
        level = Math.floor(random.fraction() * levels) / (levels - 1);
      }
      return grain(s) + 0.5 * level;
    };
  },
];

function noise(random: Random, sigma: number): Light {
  return () => 0.3 + sigma * (random.fraction() + random.fraction() + random.fraction() - 1.5) * 2;
}

const smooth = (value: number): number => Math.max(0, Math.min(1, 0.5 + 2 * value));

/** Feeds so many blocks of 128 samples at 600 Hz, scene after scene. */
export function falseFrames(blocks: number, seed: number): { blocks: number; frames: number; refused: number } {
  const random = new Random(seed);
  let [fed, frames, refused] = [0, 0, 0];
  while (fed < blocks) {
    const receiver = new Receiver(SAMPLE_HZ, digest);
    const light = (SCENES[Math.floor(random.fraction() * SCENES.length)] as (random: Random) => Light)(random);
    for (let n = 0; n < BLOCKS_A_SCENE && fed < blocks; n++, fed++) {
      const samples = Uint8Array.from({ length: BLOCK }, (_, i) =>
        Math.round(255 * Math.max(0, Math.min(1, light((n * BLOCK + i) / SAMPLE_HZ)))),
      );
      if (receiver.feed(samples, BLOCK) === DecodeStatus.Complete) frames++;
    }
    refused += receiver.refused;
  }
  return { blocks: fed, frames, refused };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = new Command("npm run bench:false-frames --")
    .description(
      "noise, lamps and hands, block after block: frames that the receiver makes of them, of which there should be none",
    )
    .argument("[blocks]", "of 128 samples at 600 Hz", wholeNumber("blocks", 1, 1_000_000_000), 1_000_000)
    .argument("[seed]", "the same seed is the same light", wholeNumber("seed", 1, 1_000_000), 1)
    .parse();
  const [blocks, seed] = program.processedArgs as [number, number];
  const { frames, refused } = falseFrames(blocks, seed);
  process.stdout.write(`${blocks} blocks without a frame, seed ${seed}: ${frames} frames, ${refused} starts refused\n`);
  process.exitCode = frames ? 1 : 0;
}
