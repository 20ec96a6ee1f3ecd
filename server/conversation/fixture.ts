// SPDX-License-Identifier: Apache-2.0
// Fixtures: who proves its key, with a counter that rises, gets tokens to light.
import type { Selectable } from "kysely";
import { EMPTY } from "../../firmware/core/protocol/bytes.js";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { sealBytes, tokenOf } from "../../firmware/core/protocol/keys.js";
import { prf } from "../crypto.js";
import { mayCall } from "../domain/groups.js";
import { groupById } from "../store/groups.js";
import type { Tables } from "../store/schema.js";
import { forgetArrived, pendingItems } from "./items.js";
import { addToken, storedTokenId } from "./token.js";
import type { Answer, Turn } from "./turn.js";

const SEED_BYTES = 16;
const NONCE_BYTES = 16;
/** Bi-level's slower rate; and start, length, check, preamble and the token's own entry, generously. */
const SLOWEST_BITS_PER_S = 60;
const FRAME_BYTES = 64;
/** SSID and password of a network that the fixture's script names, at their longest. */
const SCRIPT_NETWORK_BYTES = 100;

export interface ProvenFixture {
  readonly fixture: Selectable<Tables["fixtures"]>;
  readonly key: Uint8Array;
}

/** Runs `then` for a fixture that proved its key and whose counter has risen, or repeats the last request. */
export async function asFixture(turn: Turn, then: (proven: ProvenFixture) => Promise<Answer>): Promise<Answer> {
  const id = turn.idField(Tag.FixtureId);
  const fixture = await turn.trx.selectFrom("fixtures").selectAll().where("id", "=", id).executeTakeFirst();
  if (!fixture) return turn.unproved("unknown fixture", id);
  const key = turn.tools.vault.open(fixture.key);
  if (!turn.isFrom(key)) return turn.unproved("wrong MAC", id);
  if (fixture.revoked) return turn.unproved("fixture revoked", id);
  const counter = turn.idField(Tag.Counter);
  if (counter < fixture.counter || (counter === fixture.counter && turn.id !== fixture.request)) {
    turn.audit(id, "alarm: counter replayed", { counter, type: turn.request[1] });
    return turn.refuse(key, RefusalReason.Conflict);
  }
  turn.wake.add(id);
  await turn.trx.updateTable("fixtures").set({ counter, request: turn.id }).where("id", "=", id).execute();
  await forgetArrived(turn, id);
  return then({ fixture, key });
}

export const answerTokenRequest = (turn: Turn): Promise<Answer> =>
  asFixture(turn, (proven) => grantToken(turn, proven));

async function grantToken(turn: Turn, { fixture, key }: ProvenFixture): Promise<Answer> {
  const group = await groupById(turn.trx, fixture.group_id);
  if (!group || !mayCall(group.kind, "factoryblinkup")) {
    turn.audit(fixture.id, "refused: not in a fixture group", { group: group?.name ?? null });
    return turn.refuse(key, RefusalReason.State);
  }
  const seed = turn.tools.random(SEED_BYTES);
  const token = tokenOf(prf, key, seed);
  const network = await networkOf(turn, fixture.product);
  const { tokenS } = await turn.product(fixture.product);
  await addToken(turn, {
    kind: "factory",
    product: fixture.product,
    fixture: fixture.id,
    group_id: group.id,
    slot: turn.field(Tag.Slot)[0] ?? 0,
    token,
    expiresAt: turn.now + tokenS * 1000 + airMs(network),
  });
  turn.audit(fixture.id, "token granted", { token: storedTokenId(token) });
  const nonce = turn.tools.random(NONCE_BYTES);
  const sealed = network.length ? [Tag.ServerNonce, nonce, Tag.Sealed, sealBytes(prf, key, nonce, network)] : [];
  const items = await pendingItems(turn.trx, fixture.id);
  return turn.answer(key, MessageType.TokenGrant, [Tag.TokenSeed, seed, ...sealed, ...items]);
}

/** Entries of the product's factory network; none when the fixture's script names one. */
async function networkOf(turn: Turn, product: string): Promise<Uint8Array> {
  const row = await turn.trx.selectFrom("products").select("network").where("name", "=", product).executeTakeFirst();
  return row?.network ? turn.tools.vault.open(row.network) : EMPTY;
}

const airMs = (network: Uint8Array): number =>
  ((FRAME_BYTES + Math.max(SCRIPT_NETWORK_BYTES, network.length)) * 8 * 1000) / SLOWEST_BITS_PER_S;
