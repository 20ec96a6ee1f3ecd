// SPDX-License-Identifier: Apache-2.0
// Looks for a secret in a flash image in the forms in which it might have been left there.

export interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** Raw, reversed, hex in both cases, base64, UTF-16 in both orders. */
export function needlesOf(secrets: readonly (readonly [name: string, secret: Buffer])[]): Needle[] {
  return secrets.flatMap(([name, secret]) => {
    const hex = secret.toString("hex");
    const wide = Buffer.from(secret.toString("latin1"), "utf16le");
    const forms: readonly (readonly [string, Buffer])[] = [
      ["raw", secret],
      ["reversed", Buffer.from(secret).reverse()],
      ["in hex", Buffer.from(hex)],
      ["in upper-case hex", Buffer.from(hex.toUpperCase())],
      // Without the end, which depends on what follows.
      ["in base64", Buffer.from(secret.toString("base64").slice(0, 4 * Math.floor(secret.length / 3)))],
      ["in UTF-16", wide],
      ["in UTF-16, high byte first", Buffer.from(wide).swap16()],
    ];
    return forms.map(([form, bytes]) => ({ what: `${name} ${form}`, bytes }));
  });
}

/** What was found, each once. */
export function searchFlash(image: Uint8Array, needles: readonly Needle[]): string[] {
  const flash = Buffer.from(image.buffer, image.byteOffset, image.length);
  return needles.filter(({ bytes }) => flash.includes(bytes)).map(({ what }) => what);
}
