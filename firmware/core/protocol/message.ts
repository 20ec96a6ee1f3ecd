// SPDX-License-Identifier: Apache-2.0
// The envelope of every message: version, type, tagged fields, MAC over all before it.
//
//   V T  (tag len len value...)*  MAC[32]      len is 16 bits, big-endian; tags rise strictly

import { PROTOCOL_VERSION } from "./codes.js";
import { equalBytes, labelled } from "./bytes.js";
import type { Prf } from "./bytes.js";

export const MAC_BYTES = 32;
export const MESSAGE_LIMIT_BYTES = 4096;
const HEADER_BYTES = 2;
const FIELD_HEADER_BYTES = 3;

/** Alternately a tag and its value. */
export type Fields = readonly (number | Uint8Array)[];

/**
 * A message with its MAC: PRF(key, label, context, message without MAC). The context binds an answer to the MAC of the
 * request that it answers; a request has none.
 */
export function sealMessage(
  prf: Prf,
  key: Uint8Array,
  label: number,
  context: Uint8Array,
  type: number,
  fields: Fields,
): Uint8Array {
  let length = HEADER_BYTES + MAC_BYTES;
  for (let i = 1; i < fields.length; i += 2) length += FIELD_HEADER_BYTES + (fields[i] as Uint8Array).length;
  const message = new Uint8Array(length);
  message[0] = PROTOCOL_VERSION;
  message[1] = type;
  let at = HEADER_BYTES;
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1] as Uint8Array;
    message[at] = fields[i] as number;
    message[at + 1] = value.length >> 8;
    message[at + 2] = value.length;
    message.set(value, at + FIELD_HEADER_BYTES);
    at += FIELD_HEADER_BYTES + value.length;
  }
  message.set(prf(key, labelled(label, context, message.subarray(0, at))), at);
  return message;
}

/** Whether the MAC is right for this key, label and context. Look at the fields only afterwards. */
export function macIsRight(
  prf: Prf,
  key: Uint8Array,
  label: number,
  context: Uint8Array,
  message: Uint8Array,
): boolean {
  const end = message.length - MAC_BYTES;
  if (end < HEADER_BYTES) return false;
  return equalBytes(
    prf(key, labelled(label, context, message.subarray(0, end))),
    message.subarray(end, message.length),
  );
}

export function macOf(message: Uint8Array): Uint8Array {
  return message.subarray(message.length - MAC_BYTES, message.length);
}

/** Version, length and every field in place, tags rising: what a parser may rely on. */
export function isWellFormed(message: Uint8Array): boolean {
  const end = message.length - MAC_BYTES;
  if (end < HEADER_BYTES || message.length > MESSAGE_LIMIT_BYTES || message[0] !== PROTOCOL_VERSION) return false;
  let at = HEADER_BYTES;
  let last = 0;
  while (at < end) {
    if (at + FIELD_HEADER_BYTES > end || (message[at] as number) <= last) return false;
    last = message[at] as number;
    at += FIELD_HEADER_BYTES + ((message[at + 1] as number) << 8) + (message[at + 2] as number);
  }
  return at === end;
}

/** The value of a field of a well-formed message, as a view, or undefined. */
export function findField(message: Uint8Array, tag: number): Uint8Array | undefined {
  const end = message.length - MAC_BYTES;
  let at = HEADER_BYTES;
  while (at < end) {
    const length = ((message[at + 1] as number) << 8) + (message[at + 2] as number);
    const from = at + FIELD_HEADER_BYTES;
    if (message[at] === tag) return message.subarray(from, from + length);
    at = from + length;
  }
  return undefined;
}
