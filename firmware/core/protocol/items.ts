// SPDX-License-Identifier: Apache-2.0
// Named messages between a device and its agent, in both directions, carried by Poll and by any answer.
//
//   IIII  N name[N]  LL data[L]     I: u32, rises; L: 16 bits; data is JSON in ASCII (log lines are a JSON string)

import { asciiBytes, asciiText, getU32, putU32 } from "./bytes.js";

const HEADER_BYTES = 7;

export function encodeItem(id: number, name: string, data: string): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + name.length + data.length);
  putU32(bytes, 0, id);
  bytes[4] = name.length;
  bytes.set(asciiBytes(name), 5);
  const lengthAt = 5 + name.length;
  bytes[lengthAt] = data.length >> 8;
  bytes[lengthAt + 1] = data.length;
  bytes.set(asciiBytes(data), lengthAt + 2);
  return bytes;
}

/** Hands over each item in order; false when the bytes are malformed. */
export function readItems(bytes: Uint8Array, onItem: (id: number, name: string, data: string) => void): boolean {
  let at = 0;
  while (at < bytes.length) {
    const lengthAt = at + 5 + (bytes[at + 4] as number);
    const dataAt = lengthAt + 2;
    const end = dataAt + ((bytes[lengthAt] as number) << 8) + (bytes[lengthAt + 1] as number);
    if (!(dataAt <= bytes.length) || end > bytes.length) return false;
    onItem(getU32(bytes, at), asciiText(bytes.subarray(at + 5, lengthAt)), asciiText(bytes.subarray(dataAt, end)));
    at = end;
  }
  return true;
}
