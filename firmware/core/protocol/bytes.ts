// SPDX-License-Identifier: Apache-2.0
// Byte strings: join, numbers, ASCII.

export type Prf = (key: Uint8Array, message: Uint8Array) => Uint8Array;

/** One label byte, then the parts. */
export function labelled(label: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + first.length + second.length);
  bytes[0] = label;
  bytes.set(first, 1);
  bytes.set(second, 1 + first.length);
  return bytes;
}

export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

export function putU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

export function getU32(from: Uint8Array, at: number): number {
  return (
    (((from[at] as number) << 24) |
      ((from[at + 1] as number) << 16) |
      ((from[at + 2] as number) << 8) |
      (from[at + 3] as number)) >>>
    0
  );
}

/** Takes the same time wherever they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

export const EMPTY = new Uint8Array(0);

/** Lower-case hex, two digits a byte. */
export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += ((bytes[i] as number) + 256).toString(16).slice(1);
  return text;
}

export function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.substr(i * 2, 2), 16);
  return bytes;
}
