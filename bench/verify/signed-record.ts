// SPDX-License-Identifier: Apache-2.0
// A blessing record with its signature, from whatever form it comes in: its own line, { record, signature }, or a flash dump.
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../errors.js";
import { malformed } from "./record-errors.js";

export interface SignedRecord {
  /** The bytes that were signed. */
  readonly record: Buffer;
  readonly signature: Buffer;
}

interface Forms {
  readonly record?: unknown;
  readonly signature?: unknown;
  readonly identity?: { readonly current?: { readonly blessing?: Forms } };
}

const SIGNATURE = /^[0-9a-f]{128}$/i;
const SIGNATURE_BYTES = 64;

/** `given` is what the user said of the signature: hex, or a file of hex or of the bytes. @throws UserError */
export function readSignedRecord(file: string, given: string | undefined): SignedRecord {
  const text = readText(file);
  const found = formsIn(text);
  const forms = found.identity ? (found.identity.current?.blessing ?? {}) : found;
  if (found.identity && forms.record === undefined) throw malformed("the dump holds no blessing");
  const record = Buffer.from(typeof forms.record === "string" ? forms.record : text.replace(/\r?\n$/, ""), "latin1");
  if (given !== undefined) return { record, signature: readSignature(given) };
  if (forms.signature === undefined)
    throw new UserError("SIGNATURE_MISSING", `${file} holds no signature: give it with --signature HEX or FILE.`);
  if (typeof forms.signature !== "string" || !SIGNATURE.test(forms.signature))
    throw malformed("its signature is not 128 hex digits");
  return { record, signature: Buffer.from(forms.signature, "hex") };
}

function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "latin1");
  } catch (error) {
    throw new UserError(
      "RECORD_UNREADABLE",
      `${file} cannot be read (${(error as Error).message}): name another file.`,
    );
  }
}

/** A record is ASCII, so its bytes are its characters. */
function formsIn(text: string): Forms {
  try {
    return (JSON.parse(text) as Forms | null) ?? {};
  } catch {
    throw malformed("it is not JSON");
  }
}

function readSignature(given: string): Buffer {
  if (SIGNATURE.test(given)) return Buffer.from(given, "hex");
  const content = existsSync(given) ? readFileSync(given) : Buffer.alloc(0);
  const text = content.toString("latin1").trim();
  if (SIGNATURE.test(text)) return Buffer.from(text, "hex");
  if (content.length === SIGNATURE_BYTES) return content;
  throw new UserError(
    "SIGNATURE_MISSING",
    "--signature is neither 128 hex digits nor a file that holds them, or the 64 bytes: look at it again.",
  );
}
