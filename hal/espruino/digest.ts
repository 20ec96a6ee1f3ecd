// SPDX-License-Identifier: Apache-2.0
// Native PBKDF2, CRC-32 and products.
import type { Digest } from "../digest.js";

export const digest: Digest = {
  prf: (key, message) =>
    new Uint8Array(require("crypto").PBKDF2(key, message, { keySize: 8, iterations: 1, hasher: "SHA256" })),
  // Not wrapped: the wrapper would cost more than the product.
  crc32: E.CRC32,
  convolve: E.convolve,
};
