// SPDX-License-Identifier: Apache-2.0
// BlinkUp's 16-bit check: the reflected CRC-16 table (0xA001) used most significant byte first, so no true CRC; "123456789"
// gives 0x9540.

export function check16(bytes: Uint8Array, from: number, to: number): number {
  let register = 0;
  for (let i = from; i < to; i++) {
    let entry = ((register >> 8) ^ (bytes[i] as number)) & 0xff;
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >> 1) ^ 0xa001 : entry >> 1;
    register = ((register << 8) ^ entry) & 0xffff;
  }
  return register;
}
