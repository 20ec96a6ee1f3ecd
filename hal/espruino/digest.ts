// SPDX-License-Identifier: Apache-2.0
// Native PBKDF2 and CRC-32.
import type { Digest } from "../digest.js";

export const digest: Digest = {
  prf: (key, message) =>
    new Uint8Array(require("crypto").PBKDF2(key, message, { keySize: 8, iterations: 1, hasher: "SHA256" })),
  crc32: (bytes) => E.CRC32(bytes),
};
