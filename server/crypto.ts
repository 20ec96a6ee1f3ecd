// SPDX-License-Identifier: Apache-2.0
// PRF as the devices have it, the vault for keys at rest, and the signature over blessing records.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  pbkdf2Sync,
  randomBytes,
  sign,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const IV_BYTES = 12;
const TAG_BYTES = 16;

export const prf = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(pbkdf2Sync(key, message, 1, 32, "sha256"));

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");

/** The server's own keys: files of mode 0600 in keys/, made on first use. */
export class Vault {
  /** First 16 hex digits of SHA-256 over the raw public key. */
  readonly signingKeyId: string;
  private readonly master: Buffer;
  private readonly signingKey: KeyObject;

  constructor(dataDir: string) {
    const dir = join(dataDir, "keys");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.master = fileOf(join(dir, "master.key"), () => randomBytes(32));
    const pem = fileOf(join(dir, "signing.pem"), () =>
      Buffer.from(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" })),
    );
    this.signingKey = createPrivateKey(pem);
    this.signingKeyId = sha256(createPublicKey(this.signingKey).export({ type: "spki", format: "der" }).subarray(-32)).slice(
      0,
      16,
    );
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

function fileOf(path: string, make: () => Buffer): Buffer {
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path);
}
