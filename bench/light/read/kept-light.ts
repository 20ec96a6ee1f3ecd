// SPDX-License-Identifier: Apache-2.0
// The beginning of light that goes by, kept for a closer look.
import type { Edges, Samples } from "./light.js";

export class KeptLight {
  /** Samples or runs there were, kept or not. */
  count = 0;
  private readonly parts: (Uint8Array | Int32Array)[] = [];
  private held = 0;

  constructor(private readonly most: number) {}

  /** The same light; what of it has gone by is kept. */
  of<T extends Samples | Edges>(light: T): T {
    const pieces: Iterable<Uint8Array | Int32Array> = light.pieces;
    return { ...light, pieces: this.passing(pieces) };
  }

  /** Nothing was too much. */
  get isWhole(): boolean {
    return this.count === this.held;
  }

  samples(): Uint8Array {
    return this.joined(new Uint8Array(this.held));
  }

  runs(): Int32Array {
    return this.joined(new Int32Array(this.held));
  }

  private *passing<T extends Uint8Array | Int32Array>(pieces: Iterable<T>): Generator<T> {
    for (const piece of pieces) {
      const some = piece.slice(0, this.most - this.held);
      if (some.length) this.parts.push(some);
      this.held += some.length;
      this.count += piece.length;
      yield piece;
    }
  }

  private joined<T extends Uint8Array | Int32Array>(whole: T): T {
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
