// SPDX-License-Identifier: Apache-2.0
// Messages of one who knows the key and keeps to nothing else: the MAC is always right.
import { labelled } from "../../firmware/core/protocol/bytes.js";
import { MAC_BYTES } from "../../firmware/core/protocol/message.js";
import { prf } from "../tools/test-device.js";

export interface Field {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** The same bytes with another MAC. */
export function reseal(message: Uint8Array, key: Uint8Array, label: number, context: Uint8Array): Uint8Array {
  return sealBody(message.subarray(0, message.length - MAC_BYTES), key, label, context);
}

export function sealBody(body: Uint8Array, key: Uint8Array, label: number, context: Uint8Array): Uint8Array {
  return Uint8Array.from([...body, ...prf(key, labelled(label, context, body))]);
}

export function fieldsOf(message: Uint8Array): Field[] {
  const body = Buffer.from(message.subarray(0, message.length - MAC_BYTES));
  const fields: Field[] = [];
  for (let at = 2; at < body.length;) {
    const end = at + 3 + body.readUInt16BE(at + 1);
    fields.push({ tag: body[at] as number, value: new Uint8Array(body.subarray(at + 3, end)) });
    at = end;
  }
  return fields;
}

export function bodyOf(type: number, fields: readonly Field[]): Uint8Array {
  const parts = fields.map(({ tag, value }) => [tag, value.length >> 8, value.length & 255, ...value]);
  return Uint8Array.from([1, type, ...parts.flat()]);
}
