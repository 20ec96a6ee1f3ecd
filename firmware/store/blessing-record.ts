// SPDX-License-Identifier: Apache-2.0
// What a blessed unit keeps: its key, its serial number, and the signed record that it does not read.
//
//   Kd[32] N serial[N] signature[64] record...

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

export function packBlessing(
  key: Uint8Array,
  serial: Uint8Array,
  signature: Uint8Array,
  record: Uint8Array,
): Uint8Array {
  const body = new Uint8Array(KEY_BYTES + 1 + serial.length + SIGNATURE_BYTES + record.length);
  body.set(key, 0);
  body[KEY_BYTES] = serial.length;
  body.set(serial, KEY_BYTES + 1);
  body.set(signature, KEY_BYTES + 1 + serial.length);
  body.set(record, KEY_BYTES + 1 + serial.length + SIGNATURE_BYTES);
  return body;
}

export function blessingKey(body: Uint8Array): Uint8Array {
  return body.subarray(0, KEY_BYTES);
}

export function blessingSerial(body: Uint8Array): Uint8Array {
  return body.subarray(KEY_BYTES + 1, KEY_BYTES + 1 + (body[KEY_BYTES] as number));
}
