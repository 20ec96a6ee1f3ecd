// SPDX-License-Identifier: Apache-2.0
// Keys at rest: what the database keeps sealed, and the signature over blessing records.
//
//   sealed   master key's id[8] iv[12] tag[16] ciphertext      AES-256-GCM
//
// A sealed value names its key, and no master key is ever taken away: however far a rotation came before the power went, every value
// opens. Of signing keys only the newest has its secret half; the public halves of all stay, so that old records verify.
import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { hex, sha256 } from "../crypto.js";
import { ServerError } from "../errors.js";
import type { KeyFolder } from "./key-folder.js";

const ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MASTER_BYTES = 32;
/** RFC 8410: what goes before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_BYTES = 32;

export type KeyKind = "master" | "signing";

export interface KeyName {
  readonly kind: KeyKind;
  /** First 16 hex digits of SHA-256 over the master key, or over the raw public key. */
  readonly id: string;
}

const masterFile = (id: string): string => `master-${id}.key`;
const secretFile = (id: string): string => `signing-${id}.pem`;
const publicFile = (id: string): string => `signing-${id}.pub.pem`;
const idOf = (bytes: Uint8Array): string => sha256(bytes).slice(0, 2 * ID_BYTES);

export class Vault {
  /** PEM of every signing key there was, by its id, oldest first. */
  readonly publicKeys = new Map<string, string>();
  private readonly masters = new Map<string, Buffer>();
  private masterId = "";
  private signing: { readonly id: string; readonly key: KeyObject } | undefined;

  constructor(private readonly folder: KeyFolder) {}

  /** Of the newest key. */
  get signingKeyId(): string {
    return this.signing?.id ?? "";
  }

  /** What a sealed value begins with that needs no new seal. */
  get sealId(): Buffer {
    return Buffer.from(this.masterId, "hex");
  }

  /** Writes a new key of each kind, which nobody uses before `load`. */
  make(random: (bytes: number) => Uint8Array): KeyName[] {
    const master = randomBytes(MASTER_BYTES);
    this.folder.write(masterFile(idOf(master)), master);
    const secret = createPrivateKey({
      key: Buffer.concat([PKCS8_ED25519, random(32)]),
      format: "der",
      type: "pkcs8",
    });
    const id = idOf(rawPublic(secret));
    this.folder.write(secretFile(id), secret.export({ type: "pkcs8", format: "pem" }));
    this.folder.write(publicFile(id), createPublicKey(secret).export({ type: "spki", format: "pem" }));
    return [
      { kind: "master", id: idOf(master) },
      { kind: "signing", id },
    ];
  }

  /** Takes the keys that the database names, oldest first: the last of a kind is in use. @throws ServerError KEYS_MISSING */
  load(keys: readonly KeyName[]): void {
    const [masters, signing] = (["master", "signing"] as const).map((kind) =>
      keys.filter((key) => key.kind === kind).map(({ id }) => id),
    ) as [string[], string[]];
    for (const id of masters) this.master(id);
    for (const id of signing) this.publicKeys.set(id, this.folder.read(publicFile(id)).toString());
    this.masterId = masters.at(-1) as string;
    const newest = signing.at(-1) as string;
    this.signing = { id: newest, key: this.secretKey(newest) };
    // A retired secret signs nothing any more, so there is no reason to keep what could be stolen.
    for (const id of signing) if (id !== newest) this.folder.forget(secretFile(id));
  }

  sign(record: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, record, this.signing?.key as KeyObject));
  }

  seal(secret: Uint8Array): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.master(this.masterId), iv);
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([this.sealId, iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws ServerError KEYS_MISSING */
  open(sealed: Buffer): Uint8Array {
    const key = this.master(hex(sealed.subarray(0, ID_BYTES)));
    const [iv, tag] = [sealed.subarray(ID_BYTES, ID_BYTES + IV_BYTES), ID_BYTES + IV_BYTES];
    const decipher = createDecipheriv("aes-256-gcm", key, iv);
    decipher.setAuthTag(sealed.subarray(tag, tag + TAG_BYTES));
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(tag + TAG_BYTES)), decipher.final()]));
  }

  /** One that is not known yet was made beside this process, by lightline keys rotate. */
  private master(id: string): Buffer {
    const known = this.masters.get(id);
    if (known) return known;
    const key = this.folder.read(masterFile(id));
    if (idOf(key) !== id) throw this.wrongKey(masterFile(id));
    this.masters.set(id, key);
    return key;
  }

  private secretKey(id: string): KeyObject {
    const key = createPrivateKey(this.folder.read(secretFile(id)));
    if (idOf(rawPublic(key)) !== id) throw this.wrongKey(secretFile(id));
    return key;
  }

  private wrongKey(name: string): ServerError {
    return new ServerError(
      "KEYS_MISSING",
      `${this.folder.dir}/${name} holds another key than its name says: put the right one back from your copy.`,
    );
  }
}

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-PUBLIC_BYTES);
