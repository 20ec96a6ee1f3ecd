// SPDX-License-Identifier: Apache-2.0
// Activation: a device that has proved its own key brings an end user's token, and belongs to that user from then on.
import { RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { keyProofOf } from "../../firmware/core/protocol/keys.js";
import { prf, sameBytes } from "../crypto.js";
import { unitEvent } from "../webhooks/events.js";
import type { Token } from "./token.js";
import type { Turn } from "./turn.js";

/** Why this token does not activate the device; 0 when it does, or has done so before: a device says it again at each start. */
export async function activate(turn: Turn, deviceId: string, token: Token | undefined): Promise<RefusalReason | 0> {
  if (!token) return RefusalReason.State;
  if (token.kind !== "production") return RefusalReason.AlreadyBlessed;
  if (!provesToken(turn, token)) return RefusalReason.State;
  if (token.device_id === deviceId) return (await turn.unitEvent(deviceId, "p")) ? 0 : RefusalReason.State;
  const { product } = await turn.unit(deviceId);
  if (token.device_id !== null || token.product !== product) return RefusalReason.State;
  if (turn.now > token.expires_at) return RefusalReason.Expired;
  if (!(await turn.unitEvent(deviceId, "c"))) return RefusalReason.State;
  await claim(turn, deviceId, token.id);
  return 0;
}

function provesToken(turn: Turn, token: Token): boolean {
  const proof = keyProofOf(prf, turn.tools.vault.open(token.key), turn.field(Tag.TokenId), turn.field(Tag.DeviceNonce));
  return sameBytes(turn.field(Tag.KeyProof), proof);
}

/** The token is spent, and whoever asked for it can be told by whom. */
async function claim(turn: Turn, deviceId: string, token: string): Promise<void> {
  const { trx, now } = turn;
  await trx.updateTable("tokens").set({ device_id: deviceId }).where("id", "=", token).execute();
  const asked = await trx
    .updateTable("setup_tokens")
    .set({ claimed_at: now })
    .where("token", "=", token)
    .returning("plan_id")
    .executeTakeFirst();
  await trx
    .updateTable("units")
    .set({ plan_id: asked?.plan_id ?? null })
    .where("device_id", "=", deviceId)
    .execute();
  turn.audit(deviceId, "activated", { token });
  // The webhook is not given the token, of which keys are made, but its id.
  await turn.post(unitEvent("blinkup", await turn.unit(deviceId), { plan_id: asked?.plan_id ?? null, token }));
}
