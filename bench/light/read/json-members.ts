// SPDX-License-Identifier: Apache-2.0
// A JSON object's members as they come, so that one of a hundred megabytes need not be in memory.

/** Some of a member's value, as it is written; the last part `ends` it. Gone when the next is asked for. */
export interface Part {
  readonly key: string;
  readonly text: Uint8Array;
  readonly ends: boolean;
}

export class NotJson extends Error {}

const END = -1;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const LONGEST_KEY_BYTES = 1000;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Values are only cut out: whether a value's text is JSON is for its reader to say. @throws NotJson */
export function* membersOf(pieces: Iterable<Uint8Array>): Generator<Part> {
  const cursor = new Cursor(pieces);
  try {
    cursor.expect(OPEN_OBJECT);
    if (cursor.pastSpace() !== CLOSE_OBJECT) {
      yield* memberAt(cursor);
      while (cursor.pastSpace() === COMMA) {
        cursor.expect(COMMA);
        yield* memberAt(cursor);
      }
    }
    cursor.expect(CLOSE_OBJECT);
    if (cursor.pastSpace() !== END) throw new NotJson();
  } finally {
    cursor.close();
  }
}

function* memberAt(cursor: Cursor): Generator<Part> {
  if (cursor.pastSpace() !== QUOTE) throw new NotJson();
  const key = keyAt(cursor);
  cursor.expect(COLON);
  cursor.pastSpace();
  for (const { text, ends } of valueAt(cursor)) yield { key, text, ends };
}

function keyAt(cursor: Cursor): string {
  let written = "";
  for (const { text } of valueAt(cursor)) {
    written += Buffer.from(text).toString("latin1");
    if (written.length > LONGEST_KEY_BYTES) throw new NotJson();
  }
  return String(parseJson(Buffer.from(written, "latin1").toString("utf8")));
}

/** @throws NotJson */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJson();
  }
}

function* valueAt(cursor: Cursor): Generator<Omit<Part, "key">> {
  const value = new ValueEnd();
  while (!value.reached) {
    const rest = cursor.rest();
    const length = value.within(rest);
    yield { text: rest.subarray(0, length), ends: value.reached };
    cursor.advance(length);
  }
}

/** Looks for the end of a value, piece by piece. */
class ValueEnd {
  reached = false;
  private depth = 0;
  private quoted = false;
  private escaped = false;

  /** How many of these bytes are the value's. */
  within(bytes: Uint8Array): number {
    for (let i = 0; i < bytes.length; i++) {
      if (this.quoted) i = this.string(bytes, i);
      else if (this.isBehind(bytes[i]!)) return i;
      if (this.reached) return i + 1;
    }
    return bytes.length;
  }

  /** From within a string to its end, or the piece's. */
  private string(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i];
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) {
        this.quoted = false;
        this.reached = this.depth === 0;
        return i;
      }
    }
    return bytes.length;
  }

  /** A byte outside strings; true when a number or a word ended before it. */
  private isBehind(byte: number): boolean {
    if (byte === QUOTE) this.quoted = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.depth++;
    else if (this.depth === 0) this.reached = byte === COMMA || byte === CLOSE_OBJECT || isSpace(byte);
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      this.reached = --this.depth === 0;
      return false;
    }
    return this.reached;
  }
}

/** A place in bytes that come in pieces. */
class Cursor {
  private readonly source: Iterator<Uint8Array>;
  private piece = new Uint8Array(0);
  private at = 0;

  constructor(pieces: Iterable<Uint8Array>) {
    this.source = pieces[Symbol.iterator]();
  }

  /** The next byte that is no space. */
  pastSpace(): number {
    while (isSpace(this.peek())) this.at++;
    return this.peek();
  }

  expect(byte: number): void {
    if (this.pastSpace() !== byte) throw new NotJson();
    this.at++;
  }

  /** What is left of this piece: at least a byte. */
  rest(): Uint8Array {
    if (this.peek() === END) throw new NotJson();
    return this.piece.subarray(this.at);
  }

  advance(count: number): void {
    this.at += count;
  }

  close(): void {
    this.source.return?.();
  }

  private peek(): number {
    while (this.at === this.piece.length) {
      const next = this.source.next();
      if (next.done) return END;
      this.piece = next.value as Uint8Array<ArrayBuffer>;
      this.at = 0;
    }
    return this.piece[this.at]!;
  }
}
