// SPDX-License-Identifier: Apache-2.0
// PRF as the devices have it, the vault for keys at rest, and the signature over blessing records.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "./errors.js";

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FIRST_BLOCK = Uint8Array.of(0, 0, 0, 1);
/** RFC 8410: what goes before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** PBKDF2 with one iteration and one block, which is HMAC with the block's number: a third of the time in Node. */
export const prf = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha256", key).update(message).update(FIRST_BLOCK).digest());

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");

/** The server's own keys: files of mode 0600 in keys/, made with the database. */
export class Vault {
  /** First 16 hex digits of SHA-256 over the raw public key. */
  readonly signingKeyId: string;
  /** PEM, for whoever checks records. */
  readonly publicKey: string;
  private readonly master: Buffer;
  private readonly signingKey: KeyObject;

  /** @throws ServerError KEYS_MISSING when the folder is not `fresh`: new keys would not open what the old ones sealed */
  constructor(dataDir: string, random: (bytes: number) => Uint8Array, fresh: boolean) {
    const dir = join(dataDir, "keys");
    if (fresh) mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.master = keyFile(join(dir, "master.key"), fresh, () => randomBytes(32));
    const pem = keyFile(join(dir, "signing.pem"), fresh, () => Buffer.from(signingPem(random(32))));
    this.signingKey = createPrivateKey(pem);
    const publicKey = createPublicKey(this.signingKey);
    this.publicKey = publicKey.export({ type: "spki", format: "pem" }).toString();
    this.signingKeyId = sha256(publicKey.export({ type: "spki", format: "der" }).subarray(-32)).slice(0, 16);
  }

  sign(record: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, record, this.signingKey));
  }

  /** For the database: AES-256-GCM under the master key. */
  seal(secret: Uint8Array): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.master, iv);
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  open(sealed: Buffer): Uint8Array {
    const decipher = createDecipheriv("aes-256-gcm", this.master, sealed.subarray(0, IV_BYTES));
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]));
  }
}

function signingPem(secret: Uint8Array): string {
  const der = Buffer.concat([PKCS8_ED25519, secret]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

function keyFile(path: string, fresh: boolean, make: () => Buffer): Buffer {
  if (!existsSync(path)) {
    if (!fresh)
      throw new ServerError(
        "KEYS_MISSING",
        `${path} is missing, and the database needs it: put it back from your copy.`,
      );
    writeFileSync(path, make(), { mode: 0o600, flag: "wx" });
  }
  return readFileSync(path);
}
