// SPDX-License-Identifier: Apache-2.0
// TokenRequest: a fixture that proves its key, with a counter that rises, gets the seed of a fresh token.
import type { Selectable } from "kysely";
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { sealBytes, tokenIdOf, tokenOf } from "../../firmware/core/protocol/keys.js";
import { hex, prf } from "../crypto.js";
import type { Tables } from "../store/schema.js";
import type { Answer, Turn } from "./turn.js";

const SEED_BYTES = 16;
const NONCE_BYTES = 16;
/** The longest a frame of this size takes: bi-level at 60 symbols a second, with what frames it. */
const SLOWEST_BITS_PER_S = 60;
const FRAME_BYTES = 64;

type Fixture = Selectable<Tables["fixtures"]>;

/** The fixture that sent this, by its key and a counter that is not behind; undefined else. */
export async function provenFixture(turn: Turn): Promise<{ fixture: Fixture; key: Uint8Array } | undefined> {
  const id = turn.idField(Tag.FixtureId);
  const fixture = await turn.trx.selectFrom("fixtures").selectAll().where("id", "=", id).executeTakeFirst();
  if (!fixture) return undefined;
  const key = turn.tools.vault.open(fixture.key);
  const why = !turn.isFrom(key) ? "bad MAC" : fixture.revoked ? "revoked" : "";
  if (why) {
    await turn.audit(id, "fixture refused", { why });
    return undefined;
  }
  const counter = turn.idField(Tag.Counter);
  if (counter.length !== 16 || counter <= fixture.counter) {
    await turn.audit(id, "fixture refused", { why: "counter not risen", counter });
    return undefined;
  }
  await turn.trx.updateTable("fixtures").set({ counter }).where("id", "=", id).execute();
  return { fixture, key };
}

export async function answerTokenRequest(turn: Turn): Promise<Answer> {
  const proven = await provenFixture(turn);
  if (!proven) return undefined;
  const { fixture, key } = proven;
  const seed = turn.tools.random(SEED_BYTES);
  const token = tokenOf(prf, key, seed);
  const product = await turn.trx
    .selectFrom("products")
    .selectAll()
    .where("name", "=", fixture.product)
    .executeTakeFirstOrThrow();
  const network = product.network && turn.tools.vault.open(product.network);
  const airMs = ((FRAME_BYTES + (network?.length ?? 0)) * 8 * 1000) / SLOWEST_BITS_PER_S;
  const { tokenS } = await turn.product(fixture.product);
  await addToken(turn, {
    kind: "factory",
    product: fixture.product,
    fixture: fixture.id,
    slot: turn.field(Tag.Slot)[0] ?? 0,
    token,
    expiresAt: turn.now + tokenS * 1000 + airMs,
  });
  await turn.audit(fixture.id, "token granted", { token: hex(tokenIdOf(prf, token)) });
  if (!network) return turn.answer(key, MessageType.TokenGrant, [Tag.TokenSeed, seed]);
  const nonce = turn.tools.random(NONCE_BYTES);
  return turn.answer(key, MessageType.TokenGrant, [
    Tag.TokenSeed,
    seed,
    Tag.ServerNonce,
    nonce,
    Tag.Sealed,
    sealBytes(prf, key, nonce, network),
  ]);
}

export interface NewToken {
  readonly kind: Tables["tokens"]["kind"];
  readonly product: string;
  readonly fixture: string | null;
  readonly slot: number;
  readonly token: Uint8Array;
  readonly expiresAt: number;
}

export async function addToken(turn: Pick<Turn, "trx" | "tools">, token: NewToken): Promise<void> {
  await turn.trx
    .insertInto("tokens")
    .values({
      id: hex(tokenIdOf(prf, token.token)),
      kind: token.kind,
      product: token.product,
      fixture: token.fixture,
      slot: token.slot,
      key: turn.tools.vault.seal(token.token),
      expires_at: Math.round(token.expiresAt),
      device_id: null,
      crosstalk: 0,
      run: null,
    })
    .execute();
}
