// SPDX-License-Identifier: Apache-2.0
// Public keys from a file: PEM, as many as stand there, or 32 bytes in hex.
import { createHash, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.js";

export interface PublicKey {
  /** First 16 hex digits of SHA-256 over the raw key. */
  readonly id: string;
  readonly key: KeyObject;
}

const RAW_HEX = /^[0-9a-f]{64}$/i;
const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
const RAW_BYTES = 32;
/** RFC 8410: what goes before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo. */
const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");

/** @throws UserError KEY_UNUSABLE */
export function readPublicKeys(file: string): PublicKey[] {
  const text = readText(file).trim();
  if (RAW_HEX.test(text)) return [publicKey(Buffer.concat([SPKI_ED25519, Buffer.from(text, "hex")]), file)];
  if (text.includes("PRIVATE KEY"))
    throw unusable(
      file,
      "holds a private key, which is to stay on its server: take the public one (lightline keys show)",
    );
  const blocks = text.match(PEM) ?? [];
  if (blocks.length) return blocks.map((block) => publicKey(block, file));
  throw unusable(file, "holds no public key: write it as PEM, or as 64 hex digits");
}

/** Those of a server's own data folder. @throws UserError KEY_UNUSABLE */
export function serverPublicKeys(dataDir: string): PublicKey[] {
  const dir = join(dataDir, "keys");
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(".pub.pem")) : [];
  if (files.length) return files.flatMap((name) => readPublicKeys(join(dir, name)));
  throw unusable(dir, "holds no public key: name a file with --key (lightline keys show prints it on the server)");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw unusable(file, `cannot be read (${(error as Error).message}): name another file`);
  }
}

function publicKey(key: string | Buffer, file: string): PublicKey {
  try {
    const made = createPublicKey(typeof key === "string" ? key : { key, format: "der", type: "spki" });
    if (made.asymmetricKeyType !== "ed25519") throw new Error(`its kind is ${made.asymmetricKeyType}`);
    const raw = made.export({ format: "der", type: "spki" }).subarray(-RAW_BYTES);
    return { id: createHash("sha256").update(raw).digest("hex").slice(0, 16), key: made };
  } catch (error) {
    throw unusable(file, `holds no Ed25519 key (${(error as Error).message}): take that of lightline keys show`);
  }
}

const unusable = (file: string, fault: string): UserError => new UserError("KEY_UNUSABLE", `${file} ${fault}.`);
