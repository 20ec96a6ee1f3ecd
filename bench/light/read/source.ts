// SPDX-License-Identifier: Apache-2.0
// Bytes of a file, or of standard input for "-", piece by piece: however many there are, few are in memory.
import { closeSync, openSync, readSync } from "node:fs";
import { UserError } from "../../errors.js";
import { Progress } from "../../progress.js";

export const STANDARD_INPUT = "-";

const PIECE_BYTES = 1 << 16;
/** Of standard input, which comes but once, this much is kept for a second look. */
const MOST_KEPT_BYTES = 16 << 20;
const RETRY_MS = 5;
/** Less is read before anybody asks. */
const QUIET_BYTES = 4e6;

export const invalid = (file: string, what: string): UserError =>
  new UserError("CAPTURE_INVALID", `${file} is no capture: ${what}.`);

export class Source {
  bytesRead = 0;
  /** Hears of all that is read. */
  onRead: ((bytes: number) => void) | undefined;
  onEnd: (() => void) | undefined;
  private kept: Uint8Array[] | undefined = [];

  constructor(readonly file: string) {}

  /** From the beginning, to look what it is; may be broken off, and done again. A piece is gone when the next is asked for. */
  preview(): Iterable<Uint8Array> {
    return this.file === STANDARD_INPUT ? this.keep() : this.read();
  }

  /** From the beginning, for good. */
  pieces(): Iterable<Uint8Array> {
    return this.file === STANDARD_INPUT ? this.keptAndRest() : this.read();
  }

  private *read(): Generator<Uint8Array> {
    const file = this.file;
    const from = file === STANDARD_INPUT ? 0 : readable(file, () => openSync(file, "r"));
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    try {
      for (;;) {
        const count = readable(file, () => readWaiting(from, piece));
        if (!count) return;
        this.bytesRead += count;
        this.onRead?.(this.bytesRead);
        yield piece.subarray(0, count);
      }
    } finally {
      this.onEnd?.();
      if (from) closeSync(from);
    }
  }

  private *keep(): Generator<Uint8Array> {
    const kept = this.kept ?? [];
    yield* kept;
    for (const piece of this.read()) {
      const copy = Uint8Array.from(piece);
      kept.push(copy);
      if (kept.length * PIECE_BYTES > MOST_KEPT_BYTES)
        throw invalid(this.file, "on standard input kind and sampleHz must stand before the light");
      yield copy;
    }
  }

  private *keptAndRest(): Generator<Uint8Array> {
    const kept = this.kept ?? [];
    this.kept = undefined;
    for (let piece = kept.shift(); piece; piece = kept.shift()) yield piece;
    yield* this.read();
  }
}

/** Tells a terminal how far it is. */
export function openSource(file: string): Source {
  const source = new Source(file);
  const progress = new Progress();
  source.onRead = (bytes) => {
    if (bytes > QUIET_BYTES) progress.say(`${file}: ${(bytes / 1e6).toFixed(0)} MB read`);
  };
  source.onEnd = () => progress.end();
  return source;
}

/** A pipe that another program has made non-blocking says "not yet" instead of waiting. */
function readWaiting(from: number, into: Uint8Array): number {
  for (;;) {
    try {
      return readSync(from, into);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const what = (error as Error).message;
    throw new UserError("CAPTURE_UNREADABLE", `${file} cannot be read (${what}): name a capture file.`);
  }
}
