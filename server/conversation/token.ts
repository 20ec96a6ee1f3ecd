// SPDX-License-Identifier: Apache-2.0
// Tokens: what a light is worth, and until when.
import type { Selectable } from "kysely";
import { tokenIdOf } from "../../firmware/core/protocol/keys.js";
import { hex, prf } from "../crypto.js";
import type { Tables } from "../store/schema.js";
import type { Turn } from "./turn.js";

export type Token = Selectable<Tables["tokens"]>;

export interface NewToken {
  readonly kind: Token["kind"];
  readonly product: string;
  readonly fixture: string | null;
  /** The fixture group whose light it is; null for an end user's. */
  readonly group_id: number | null;
  readonly slot: number;
  readonly token: Uint8Array;
  /** Milliseconds since 1970; judged at the first valid hello. */
  readonly expiresAt: number;
}

/** What the network and the database know it by. */
export const storedTokenId = (token: Uint8Array): string => hex(tokenIdOf(prf, token));

/** False when it is known already: a token serves once. */
export async function addToken(turn: Turn, { token, expiresAt, ...rest }: NewToken): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await turn.trx
    .insertInto("tokens")
    .values({
      ...rest,
      id: storedTokenId(token),
      key: turn.tools.vault.seal(token),
      expires_at: Math.round(expiresAt),
      device_id: null,
      crosstalk: 0,
      run: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export function findToken(turn: Turn, id: string): Promise<Token | undefined> {
  return turn.trx.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}
