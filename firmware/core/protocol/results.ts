// SPDX-License-Identifier: Apache-2.0
// A batch of test results.
//
//   measurement  01 N name[N] value[8]       value: IEEE 754 double, little-endian, as typed arrays have it
//   phase        02 N name[N] OO AA          OO outcome, AA attempt from 1; it closes the measurements before it

import { asciiBytes, asciiText, EMPTY } from "./bytes.js";

const enum ItemKind {
  Measurement = 1,
  Phase = 2,
}

export class ResultsWriter {
  _bytes: Uint8Array;

  constructor() {
    this._bytes = EMPTY;
  }

  measurement(name: string, value: number): void {
    this._put(ItemKind.Measurement, name, new Uint8Array(new Float64Array([value]).buffer));
  }

  phase(name: string, outcome: number, attempt: number): void {
    this._put(ItemKind.Phase, name, new Uint8Array([outcome, attempt]));
  }

  /** What was written since the last take. */
  take(): Uint8Array {
    const bytes = this._bytes;
    this._bytes = EMPTY;
    return bytes;
  }

  _put(kind: number, name: string, value: Uint8Array): void {
    const at = this._bytes.length;
    const bytes = new Uint8Array(at + 2 + name.length + value.length);
    bytes.set(this._bytes, 0);
    bytes[at] = kind;
    bytes[at + 1] = name.length;
    bytes.set(asciiBytes(name), at + 2);
    bytes.set(value, at + 2 + name.length);
    this._bytes = bytes;
  }
}

export interface ResultSink {
  measurement(name: string, value: number): void;
  phase(name: string, outcome: number, attempt: number): void;
}

/** Reads a batch into a sink; false when it is malformed (what was read before stands in the sink). */
export function readResults(batch: Uint8Array, sink: ResultSink): boolean {
  let at = 0;
  while (at < batch.length) {
    const kind = batch[at];
    const valueAt = at + 2 + (batch[at + 1] as number);
    const end = valueAt + (kind === ItemKind.Measurement ? 8 : 2);
    if ((kind !== ItemKind.Measurement && kind !== ItemKind.Phase) || !(end <= batch.length)) return false;
    const name = asciiText(batch.subarray(at + 2, valueAt));
    if (kind === ItemKind.Phase) sink.phase(name, batch[valueAt] as number, batch[valueAt + 1] as number);
    else sink.measurement(name, new Float64Array(new Uint8Array(batch.subarray(valueAt, end)).buffer)[0] as number);
    at = end;
  }
  return true;
}
