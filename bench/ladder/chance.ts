// SPDX-License-Identifier: Apache-2.0
// Random numbers of a trial: each purpose has its own, so that the same seed gives the same frame and the same noise at every rung.
import { Random } from "../line/random.js";

export type Purpose = "entries" | "start" | "clock" | "ripple" | "ambient" | "noise" | "jitter" | "repeats" | "edges";

export function chance(seed: number, purpose: Purpose): Random {
  let hash = 2166136261 ^ seed;
  for (const letter of purpose) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619) ^ (hash >>> 13);
  return new Random(Math.imul(hash ^ (hash >>> 16), 2246822507) >>> 0);
}

/** From `least` to `most`. */
export const between = (random: Random, least: number, most: number): number =>
  least + (most - least) * random.fraction();

/** Mean 0, standard deviation 1 (Box and Muller). */
export const gaussian = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
