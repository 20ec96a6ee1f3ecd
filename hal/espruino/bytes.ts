// SPDX-License-Identifier: Apache-2.0
// Strings are latin-1 on Espruino; everything above this folder has bytes.

/** Native apply takes at most 256 arguments. */
const APPLY_LIMIT = 200;

export function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += APPLY_LIMIT)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + APPLY_LIMIT) as unknown as number[]);
  return text;
}
