// SPDX-License-Identifier: Apache-2.0
// What the interpreter computes natively.

export interface Digest {
  /** PBKDF2-SHA256, one iteration, 32 bytes: HMAC-SHA256(key, message followed by 00 00 00 01). */
  prf(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** CRC-32 of ISO-HDLC, as zlib has it. */
  crc32(bytes: Uint8Array): number;
  /** Sum of the kernel's products with the samples from an offset on, which must hold as many. */
  convolve(kernel: Float32Array | Int8Array, samples: Uint8Array, offset: number): number;
}
