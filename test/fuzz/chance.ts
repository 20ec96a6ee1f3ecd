// SPDX-License-Identifier: Apache-2.0
// Chance of one run: the same for the same seed, target and number, whatever ran before. A million runs want it cheap.

export class Chance {
  private state: number;

  constructor(seed: number, target: string, run: number) {
    let hash = 2166136261 ^ seed;
    for (let i = 0; i < target.length; i++) hash = Math.imul(hash ^ target.charCodeAt(i), 16777619);
    hash = Math.imul(hash ^ run, 0x9e3779b1);
    this.state = (hash ^ (hash >>> 15)) >>> 0;
  }

  /** 0 to below `limit` (mulberry32). */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  }

  /** One time in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  of<Value>(values: ArrayLike<Value>): Value {
    return values[this.below(values.length)] as Value;
  }
}
