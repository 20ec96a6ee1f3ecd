// SPDX-License-Identifier: Apache-2.0
// Strings are latin-1 on Espruino; everything above this folder has bytes.

/** Native apply takes at most 256 arguments. */
const APPLY_LIMIT = 200;

export function toText(bytes: Uint8Array): string {
  let text = "";
  // subarray() does not stop at the end of the array by itself.
  for (let at = 0; at < bytes.length; at += APPLY_LIMIT) {
    const piece = bytes.subarray(at, Math.min(at + APPLY_LIMIT, bytes.length));
    text += String.fromCharCode.apply(null, piece as unknown as number[]);
  }
  return text;
}
