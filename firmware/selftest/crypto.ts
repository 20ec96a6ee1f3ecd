// SPDX-License-Identifier: Apache-2.0
// What the protocol and the store rest on, each against a published vector, and the time of one PRF.
import type { Phase } from "../device/self-test.js";
import { hexText } from "../core/protocol/bytes.js";

/** FIPS 180-2, of "abc". */
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/** RFC 7914, of "passwd" and "salt": 64 bytes, of which 32 do. */
const PBKDF2 = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc";
/** The check value of CRC-32, of "123456789". */
const CRC32 = 0xcbf43926;

const right = (is: unknown, expected: unknown): number => (is === expected ? 1 : 0);

export const phase: Phase = {
  name: "crypto",
  run(test) {
    const bytes = E.toUint8Array;
    const crypto = require("crypto");
    test.measure("SHA-256", right(hexText(new Uint8Array(crypto.SHA256(bytes("abc")))), SHA256));
    const from = getTime();
    const key = crypto.PBKDF2(bytes("passwd"), bytes("salt"), { keySize: 8, iterations: 1, hasher: "SHA256" });
    test.measure("time of a PRF", (getTime() - from) * 1000);
    test.measure("PBKDF2", right(hexText(new Uint8Array(key)), PBKDF2));
    test.measure("CRC-32", right(E.CRC32(bytes("123456789")) >>> 0, CRC32));
    test.done();
  },
};
