// SPDX-License-Identifier: Apache-2.0
// A secret as it may be shown: how long it is, and enough of its digest that two can be compared.
import { createHash } from "node:crypto";

export interface Secret {
  readonly bytes: number;
  /** First four hex digits. */
  readonly sha256: string;
  /** The secret itself, only when it was asked for. */
  readonly value?: string;
}

const DIGITS = 4;

export type Mask = (bytes: Uint8Array, form: "utf8" | "hex") => Secret;

/** `shown` is the user's own wish. */
export const maskOf =
  (shown: boolean): Mask =>
  (bytes, form) => ({
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex").slice(0, DIGITS),
    ...(shown && { value: Buffer.from(bytes).toString(form) }),
  });
