// SPDX-License-Identifier: Apache-2.0
// What the tests of decode and tune share: the command in this process, files in a folder of their own, light that was never seen.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../bench/cli.js";
import type { Waveform } from "../../bench/ladder/emission.js";
import { send } from "../../bench/ladder/emission.js";
import type { Impairments } from "../../bench/ladder/impairments.js";
import { edgesOf, sampleLight, UNIMPAIRED } from "../../bench/ladder/impairments.js";
import type { Edges, Samples } from "../../bench/light/read/light.js";
import { Source } from "../../bench/light/read/source.js";

export const VECTORS = new URL("../vectors/blinkup/", import.meta.url).pathname;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command, its output caught. */
export async function lightline(...args: string[]): Promise<Ended> {
  const [out, err] = [caught(process.stdout), caught(process.stderr)];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const code = await main(["node", "lightline", ...args]);
    return { code, out: out.text(), err: err.text() };
  } finally {
    process.exitCode = before;
    out.release();
    err.release();
  }
}

function caught(stream: NodeJS.WriteStream) {
  const write = stream.write;
  let text = "";
  stream.write = (piece: string | Uint8Array) => {
    text += String(piece);
    return true;
  };
  return { text: () => text, release: () => void (stream.write = write) };
}

export interface Folder {
  file(name: string, content: string | Uint8Array | object): string;
  remove(): void;
  readonly path: string;
}

export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "lightline-light-"));
  return {
    path,
    file(name, content) {
      const isText = typeof content === "string" || content instanceof Uint8Array;
      writeFileSync(join(path, name), isText ? content : JSON.stringify(content));
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A file's bytes in pieces of a size. */
export class SlicedSource extends Source {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly size: number,
  ) {
    super("sliced.json");
  }

  override *preview(): Generator<Uint8Array> {
    for (let at = 0; at < this.bytes.length; at += this.size) {
      // One buffer, written over, as a file's pieces are.
      const piece = Uint8Array.from(this.bytes.subarray(at, at + this.size));
      yield piece;
      piece.fill(0x21);
    }
  }

  override pieces(): Iterable<Uint8Array> {
    return this.preview();
  }
}

export interface Shown {
  readonly waveform: Waveform;
  readonly rateHz: number;
  readonly sampleHz?: number;
  readonly passes?: number;
  readonly seed?: number;
  readonly room?: Partial<Impairments>;
}

/** What a sensor makes of it, and the entries that were sent. */
export function samplesOf({ waveform, rateHz, sampleHz = 1000, passes = 1, seed = 1, room }: Shown): {
  readonly light: Samples;
  readonly samples: Uint8Array;
  readonly entries: Uint8Array;
} {
  const sent = send(waveform, rateHz, passes, seed);
  const { samples } = sampleLight(sent.emission, { ...UNIMPAIRED, ...room }, sampleHz, seed);
  return { light: { form: "samples", sampleHz, pieces: [samples] }, samples, entries: sent.entries };
}

export function runsOf({ waveform, rateHz, passes = 1, seed = 1, room }: Shown): {
  light: Edges;
  runs: Int32Array;
  entries: Uint8Array;
} {
  const sent = send(waveform, rateHz, passes, seed);
  const { runs } = edgesOf(sent.emission, { ...UNIMPAIRED, ...room }, seed);
  return { light: { form: "edges", pieces: [runs] }, runs, entries: sent.entries };
}

export const base64Of = (samples: Uint8Array): string => Buffer.from(samples).toString("base64");
