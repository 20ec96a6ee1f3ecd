// SPDX-License-Identifier: Apache-2.0
// A frame's bytes: start byte, length, entries, check.
import { check16 } from "./check.js";

export const START_BYTE = 0x2a;

export function encodePacket(entries: Uint8Array, length: number): Uint8Array {
  const packet = new Uint8Array(length + 4);
  packet[0] = START_BYTE;
  packet[1] = length;
  packet.set(entries.subarray(0, length), 2);
  const check = check16(packet, 1, length + 2);
  packet[length + 2] = check >> 8;
  packet[length + 3] = check;
  return packet;
}
