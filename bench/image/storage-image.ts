// SPDX-License-Identifier: Apache-2.0
// Espruino's Storage as it lies in flash: size (u32, little-endian), name[28], data padded to 4 with 0xFF; erased behind.

const NAME_BYTES = 28;
const HEADER_BYTES = 4 + NAME_BYTES;
const ERASED = 0xff;

/** Files by name, as latin-1 text, in the order in which they lie in flash; no longer than they are. */
export function storageImage(files: { readonly [name: string]: string }): Buffer {
  return Buffer.concat(Object.entries(files).map(([name, text]) => fileImage(name, Buffer.from(text, "latin1"))));
}

function fileImage(name: string, data: Buffer): Buffer {
  const image = Buffer.alloc(HEADER_BYTES + ((data.length + 3) & ~3), ERASED);
  image.writeUInt32LE(data.length);
  image.fill(0, 4, HEADER_BYTES);
  image.write(name, 4, NAME_BYTES, "latin1");
  data.copy(image, HEADER_BYTES);
  return image;
}

/** A flash of so many bytes that begins with these. */
export const inErased = (start: Buffer, bytes: number): Buffer =>
  Buffer.concat([start, Buffer.alloc(bytes - start.length, ERASED)]);
