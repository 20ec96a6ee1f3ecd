// SPDX-License-Identifier: Apache-2.0
// Espruino's Storage as a flash image: size (u32, little-endian), name[28], data padded to 4 with 0xFF; erased behind.

const IMAGE_BYTES = 256 * 1024;
const NAME_BYTES = 28;
const HEADER_BYTES = 4 + NAME_BYTES;

/** Files by name, as latin-1 text, in the order in which they lie in flash. */
export function storageImage(files: { readonly [name: string]: string }): Buffer {
  const image = Buffer.alloc(IMAGE_BYTES, 0xff);
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text, "latin1");
    image.writeUInt32LE(data.length, at);
    image.fill(0, at + 4, at + HEADER_BYTES);
    image.write(name, at + 4, NAME_BYTES, "latin1");
    data.copy(image, at + HEADER_BYTES);
    at += HEADER_BYTES + ((data.length + 3) & ~3);
  }
  return image;
}
