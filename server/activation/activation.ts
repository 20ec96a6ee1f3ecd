// SPDX-License-Identifier: Apache-2.0
// An end user's tokens: asked for by a sender that holds a BlinkUp key, lit or set by a script, and asked after until a device has come.
import { agentUrlOf } from "../agents/agent-url.js";
import type { Conversation } from "../conversation/conversation.js";
import { addToken, storedTokenId } from "../conversation/token.js";
import type { Turn } from "../conversation/turn.js";
import { hex, sha256, unhex } from "../crypto.js";
import { ServerError } from "../errors.js";

/** A plan id and a token, on the air as in JSON. */
const ID_BYTES = 8;
/** Short-lived on purpose: the sender lights it at once, and may take a minute to; then the device has to join. */
const SETUP_TOKEN_MS = 600_000;

export interface SetupToken {
  /** 16 hex digits each. */
  readonly id: string;
  readonly plan_id: string;
}

export interface SetupTokenStatus {
  /** Empty until a device has come with it. */
  readonly impee_id: string;
  readonly agent_url: string;
  readonly plan_id: string;
  /** ISO 8601. */
  readonly claimed_at: string;
}

export class Activation {
  constructor(
    private readonly conversation: Conversation,
    /** Where agents are reached. */
    private readonly publicUrl: string,
  ) {}

  /** For a new end user, or for the one whose plan is named. @throws ServerError UNKNOWN_PLAN */
  setupToken(product: string, plan?: string): Promise<SetupToken> {
    return this.conversation.act(async (turn) => {
      const plan_id = plan === undefined ? await newPlan(turn, product) : await knownPlan(turn, product, plan);
      const token = turn.tools.random(ID_BYTES);
      const id = hex(token);
      const lit = litToken(plan_id, id);
      const expiresAt = turn.now + SETUP_TOKEN_MS;
      await addToken(turn, {
        kind: "production",
        product,
        fixture: null,
        group_id: null,
        slot: 0,
        token: lit,
        expiresAt,
      });
      await turn.trx
        .insertInto("setup_tokens")
        .values({ digest: sha256(id), token: storedTokenId(lit), product, plan_id, claimed_at: null })
        .execute();
      return { id, plan_id };
    });
  }

  /** @throws ServerError UNKNOWN_SETUP_TOKEN, SETUP_TOKEN_EXPIRED */
  status(product: string, id: string): Promise<SetupTokenStatus> {
    return this.conversation.act(async ({ trx, now }) => {
      const row = await trx
        .selectFrom("setup_tokens")
        .innerJoin("tokens", "tokens.id", "setup_tokens.token")
        .select(["plan_id", "claimed_at", "device_id", "expires_at"])
        .where("digest", "=", sha256(id.toLowerCase()))
        .where("setup_tokens.product", "=", product)
        .executeTakeFirst();
      if (!row)
        throw new ServerError(
          "UNKNOWN_SETUP_TOKEN",
          "There is no such token of this key's product: ask for one and light it.",
        );
      const { plan_id, claimed_at, device_id, expires_at } = row;
      if (device_id !== null && claimed_at !== null) {
        const agent_url = `${this.publicUrl}/agent/${await agentUrlOf(trx, device_id, plan_id, now)}`;
        return { impee_id: device_id, agent_url, plan_id, claimed_at: new Date(claimed_at).toISOString() };
      }
      if (now > expires_at)
        throw new ServerError(
          "SETUP_TOKEN_EXPIRED",
          "No device came with this token in time: ask for another and light it.",
        );
      return { impee_id: "", agent_url: "", plan_id, claimed_at: "" };
    });
  }
}

async function newPlan({ trx, now, tools }: Turn, product: string): Promise<string> {
  const id = hex(tools.random(ID_BYTES));
  await trx.insertInto("plans").values({ id, product, made_at: now }).execute();
  return id;
}

async function knownPlan({ trx }: Turn, product: string, plan: string): Promise<string> {
  const id = plan.toLowerCase();
  const row = await trx
    .selectFrom("plans")
    .select("id")
    .where("id", "=", id)
    .where("product", "=", product)
    .executeTakeFirst();
  if (row) return id;
  throw new ServerError(
    "UNKNOWN_PLAN",
    "This key's product has no such plan_id: leave it out, and a new end user gets one.",
  );
}

/** As it is on the air: each half with its last byte first. */
const litToken = (plan: string, token: string): Uint8Array =>
  Uint8Array.of(...unhex(plan).reverse(), ...unhex(token).reverse());
