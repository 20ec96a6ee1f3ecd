// SPDX-License-Identifier: Apache-2.0
// Damage to sound bytes: what a cable, a flash page, a bug or an enemy does to them.
import type { Chance } from "./chance.js";

/** Values that lengths, counts and signs stumble over. */
const EDGES = [0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255];
const MOST_STEPS = 4;

type Damage = (bytes: Uint8Array, chance: Chance, corpus: readonly Uint8Array[]) => Uint8Array;

const DAMAGES: readonly Damage[] = [
  (bytes, chance) => change(bytes, chance, (byte) => byte ^ (1 << chance.below(8))),
  (bytes, chance) => change(bytes, chance, () => chance.below(256)),
  (bytes, chance) => change(bytes, chance, () => chance.of(EDGES)),
  // Most bytes that matter are lengths: one more, one less.
  (bytes, chance) => change(bytes, chance, (byte) => byte + (chance.oneIn(2) ? 1 : 255)),
  (bytes, chance) => bytes.slice(0, chance.below(bytes.length + 1)),
  (bytes, chance) => join(bytes, noise(chance, 1 + chance.below(16))),
  // A part left out, a part twice, two parts the other way round.
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    const middle = from + chance.below(to - from + 1);
    return join(bytes.subarray(0, from), bytes.subarray(middle, to), bytes.subarray(from, middle), bytes.subarray(to));
  },
  // The beginning of one and the end of another.
  (bytes, chance, corpus) => {
    const other = chance.of(corpus);
    return join(bytes.subarray(0, chance.below(bytes.length + 1)), other.subarray(chance.below(other.length + 1)));
  },
];

/** One of the corpus, damaged up to a few times; now and then left whole. */
export function mutate(corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  let bytes: Uint8Array = chance.of(corpus).slice();
  for (let steps = chance.below(MOST_STEPS + 1); steps > 0; steps--) bytes = chance.of(DAMAGES)(bytes, chance, corpus);
  return bytes;
}

function change(bytes: Uint8Array, chance: Chance, to: (byte: number) => number): Uint8Array {
  if (!bytes.length) return bytes;
  const copy = bytes.slice();
  const at = chance.below(copy.length);
  copy[at] = to(copy[at] as number);
  return copy;
}

function range(bytes: Uint8Array, chance: Chance): readonly [from: number, to: number] {
  const from = chance.below(bytes.length + 1);
  return [from, from + chance.below(Math.min(bytes.length - from, 64) + 1)];
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function noise(chance: Chance, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = chance.below(256);
  return bytes;
}
