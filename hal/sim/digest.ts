// SPDX-License-Identifier: Apache-2.0
// Node's own PBKDF2 and CRC-32.
import { pbkdf2Sync } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Digest } from "../digest.js";

export const digest: Digest = {
  prf: (key, message) => new Uint8Array(pbkdf2Sync(key, message, 1, 32, "sha256")),
  crc32: (bytes) => crc32(bytes),
  convolve(kernel, samples, offset) {
    let sum = 0;
    for (let i = 0; i < kernel.length; i++) sum += (kernel[i] as number) * (samples[offset + i] as number);
    return sum;
  },
};
