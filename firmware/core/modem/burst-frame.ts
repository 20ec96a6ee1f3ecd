// SPDX-License-Identifier: Apache-2.0
// A burst's bytes, of both waveforms of our own:
//
//   H0=50  L  CRC-8[H0 L]  entries[L]  CRC-32[H0 L entries]  parity[8]
//
// H0 is version 1 (bits 7-6), 8 parity bytes (5-4), a whole message (3-0). The header has a check of its own, since nothing else
// is known before L is: one wrong bit of it is repaired. The parity covers all before it, and the CRC-32 is always the judge.
import { EMPTY, getU32, putU32 } from "../protocol/bytes.js";
import { PARITY_BYTES, addParity, correct } from "./reed-solomon.js";

export const BURST_HEADER_BYTES = 3;

const FIRST_BYTE = 0x50;
const CRC_BYTES = 4;
const SHORTEST_ENTRIES_BYTES = 2;
/** A Reed-Solomon word has at most 255 bytes. */
const LONGEST_ENTRIES_BYTES = 240;
/** CRC-8/AUTOSAR, the leading 1 with it. */
const HEADER_POLYNOMIAL = 0x12f;
const HEADER_BITS = 24;

type Crc32 = (bytes: Uint8Array) => number;

/** Bytes of a frame, from the second byte of its header. */
export function burstFrameLength(entriesLength: number): number {
  return BURST_HEADER_BYTES + entriesLength + CRC_BYTES + PARITY_BYTES;
}

/** CRC-8/AUTOSAR over H0 and L. */
function headerCheck(bytes: Uint8Array): number {
  let register = 0xff;
  for (let i = 0; i < 2; i++) {
    register ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) register = register & 0x80 ? (register << 1) ^ HEADER_POLYNOMIAL : register << 1;
  }
  return register ^ 0xff;
}

/** The CRC-32 that these header and entries should have. */
function frameCheck(bytes: Uint8Array, crc32: Crc32): number {
  const first = bytes[0];
  const entriesLength = bytes[1];
  const check = bytes[2];
  // The CRC-8 is not covered: for this one call H0 and L stand over it, next to the entries, and nothing need be copied.
  bytes[1] = first;
  bytes[2] = entriesLength;
  const crc = crc32(bytes.subarray(1, BURST_HEADER_BYTES + entriesLength));
  bytes[1] = entriesLength;
  bytes[2] = check;
  return crc >>> 0;
}

/** Empty when there are too many entries, or too few, for a receiver to take. */
export function encodeBurstFrame(entries: Uint8Array, length: number, crc32: Crc32): Uint8Array {
  if (length < SHORTEST_ENTRIES_BYTES || length > LONGEST_ENTRIES_BYTES) return EMPTY;
  const frame = new Uint8Array(burstFrameLength(length));
  frame[0] = FIRST_BYTE;
  frame[1] = length;
  frame[2] = headerCheck(frame);
  frame.set(entries.subarray(0, length), BURST_HEADER_BYTES);
  putU32(frame, BURST_HEADER_BYTES + length, frameCheck(frame, crc32));
  addParity(frame, BURST_HEADER_BYTES + length + CRC_BYTES);
  return frame;
}

/** The header in the first three bytes is good, or is so now: one wrong bit is put right. */
export function fixHeader(bytes: Uint8Array): boolean {
  const syndrome = headerCheck(bytes) ^ bytes[2];
  if (syndrome) {
    // Bit n alone, counted from the end, leaves x^n modulo the polynomial: walk there. Two wrong bits leave no such power.
    let bit = 0;
    for (let power = 1; power !== syndrome; bit++) {
      if (bit === HEADER_BITS - 1) return false;
      power = power & 0x80 ? (power << 1) ^ HEADER_POLYNOMIAL : power << 1;
    }
    bytes[2 - (bit >> 3)] ^= 1 << (bit & 7);
  }
  return bytes[0] === FIRST_BYTE && bytes[1] >= SHORTEST_ENTRIES_BYTES && bytes[1] <= LONGEST_ENTRIES_BYTES;
}

/** The CRC-32 of a frame whose header is good, and whose bytes are all there, says so. */
export function burstFrameIsValid(bytes: Uint8Array, crc32: Crc32): boolean {
  return frameCheck(bytes, crc32) === getU32(bytes, BURST_HEADER_BYTES + bytes[1]);
}

/**
 * A frame whose header is good, all bytes there: valid as it came, or once its parity has corrected it, in place. `erasures` are
 * offsets of bytes known to be bad.
 */
export function checkBurstFrame(bytes: Uint8Array, crc32: Crc32, erasures: Uint8Array, erasureCount: number): boolean {
  if (burstFrameIsValid(bytes, crc32)) return true;
  const entriesLength = bytes[1];
  if (correct(bytes, burstFrameLength(entriesLength), erasures, erasureCount) < 1) return false;
  // The parity covers the header too: another length now means that the bytes were never a frame of this one.
  return fixHeader(bytes) && bytes[1] === entriesLength && burstFrameIsValid(bytes, crc32);
}
