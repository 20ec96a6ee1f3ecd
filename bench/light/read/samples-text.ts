// SPDX-License-Identifier: Apache-2.0
// Samples as text: a rate, and unsigned bytes in base64, whole or in parts.

const LOWEST_HZ = 100;
const HIGHEST_HZ = 20_000;

export const RATE_ALLOWED = `a number from ${LOWEST_HZ} to ${HIGHEST_HZ}`;

export const isRate = (value: unknown): value is number =>
  typeof value === "number" && value >= LOWEST_HZ && value <= HIGHEST_HZ;

/** Base64 that comes in parts. */
export class Base64Parts {
  private left = "";
  private padding = 0;
  private any = false;

  /** The bytes of what is there so far; undefined for what is no base64. */
  push(part: string): Uint8Array | undefined {
    const [, text = "", padding = ""] = /^([A-Za-z0-9+/]*)(=*)$/.exec(part) ?? [];
    if (text.length + padding.length < part.length || (text && this.padding)) return undefined;
    this.padding += padding.length;
    if (this.padding > 2) return undefined;
    this.any ||= text !== "";
    const whole = this.left + text;
    const cut = whole.length & ~3;
    this.left = whole.slice(cut);
    return Buffer.from(whole.slice(0, cut), "base64");
  }

  /** The last bytes; undefined when there were no digits. */
  end(): Uint8Array | undefined {
    return this.any ? Buffer.from(this.left, "base64") : undefined;
  }
}

export function base64Bytes(text: string): Uint8Array | undefined {
  const parts = new Base64Parts();
  const [bytes, last] = [parts.push(text), parts.end()];
  return bytes && last && Buffer.concat([bytes, last]);
}
