// SPDX-License-Identifier: Apache-2.0
// A signed word on the audit log as it is now, to be kept elsewhere: whoever writes to the database later can make a new log that is
// whole in itself, but none that this word is true of.
//
//   {"version":1,"at":<ms since 1970>,"rows":<how many>,"through":<id of the last>,"digest":<SHA-256 over their hashes, hex>}
import { verify } from "node:crypto";
import { Type } from "@sinclair/typebox";
import type { Static } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { BrokenRow } from "./audit.js";
import { readLog } from "./audit.js";
import { hex } from "../crypto.js";
import { ServerError } from "../errors.js";
import type { Db } from "../store/database.js";
import type { Vault } from "../keys/vault.js";

const Checkpoint = Type.Object(
  {
    version: Type.Literal(1),
    at: Type.Integer(),
    rows: Type.Integer({ minimum: 0 }),
    through: Type.Integer(),
    digest: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  },
  { additionalProperties: false },
);
export type Checkpoint = Static<typeof Checkpoint>;

const SignedCheckpoint = Type.Object(
  { checkpoint: Type.String(), signature: Type.String({ pattern: "^[0-9a-f]{128}$" }) },
  { additionalProperties: false },
);
/** The checkpoint as the text that was signed. */
export type SignedCheckpoint = Static<typeof SignedCheckpoint>;

export interface LogReport {
  /** Rows that do not follow from the one before. */
  readonly broken: readonly BrokenRow[];
  /** Whether the rows of a checkpoint are there, as they were; undefined when none was given. */
  readonly kept: boolean | undefined;
}

/** @throws ServerError AUDIT_BROKEN: a word on a log that is not whole would make it look so */
export async function takeCheckpoint(db: Db, vault: Vault, at: number): Promise<SignedCheckpoint> {
  const { broken, rows, through, digest } = await readLog(db);
  if (broken.length)
    throw new ServerError(
      "AUDIT_BROKEN",
      "The audit log is not whole: see lightline audit --verify, and keep the checkpoint that you have.",
    );
  const checkpoint = JSON.stringify({ version: 1, at, rows, through, digest } satisfies Checkpoint);
  return { checkpoint, signature: hex(vault.sign(Buffer.from(checkpoint))) };
}

/** @throws ServerError CHECKPOINT_REFUSED */
export async function checkLog(db: Db, vault: Vault, signed: unknown): Promise<LogReport> {
  if (signed === undefined) return { broken: (await readLog(db)).broken, kept: undefined };
  const { rows, through, digest } = openCheckpoint(vault, signed);
  const { broken } = await readLog(db);
  const then = await readLog(db, through);
  return { broken, kept: then.rows === rows && then.digest === digest };
}

function openCheckpoint(vault: Vault, signed: unknown): Checkpoint {
  if (!Value.Check(SignedCheckpoint, signed)) throw refused("it is not one of lightline audit --checkpoint");
  const [text, signature] = [Buffer.from(signed.checkpoint), Buffer.from(signed.signature, "hex")];
  if (![...vault.publicKeys.values()].some((key) => verify(null, text, key, signature)))
    throw refused("its signature is not this server's");
  const checkpoint = JSON.parse(signed.checkpoint) as unknown;
  if (!Value.Check(Checkpoint, checkpoint)) throw refused("it is of another version");
  return checkpoint;
}

const refused = (why: string): ServerError =>
  new ServerError("CHECKPOINT_REFUSED", `The checkpoint cannot be used (${why}): name a file that this server made.`);
