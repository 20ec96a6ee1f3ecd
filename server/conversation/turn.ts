// SPDX-License-Identifier: Apache-2.0
// One request and what answering it needs: all of it happens in one transaction.
import type { Selectable } from "kysely";
import { Label, MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import type { RefusalReason } from "../../firmware/core/protocol/codes.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { findField, MAC_BYTES, macOf, sealMessage } from "../../firmware/core/protocol/message.js";
import { EMPTY, labelled } from "../../firmware/core/protocol/bytes.js";
import type { AgentId } from "../agents/agent-store.js";
import type { AuditLine, StrangerGate } from "../audit/audit.js";
import { appendAudit, STRANGERS } from "../audit/audit.js";
import { hex, prf, sameBytes, sha256 } from "../crypto.js";
import type { UnitEvent, UnitState } from "../domain/unit-machine.js";
import { unitStep } from "../domain/unit-machine.js";
import type { ProductConfig } from "../schemas.js";
import type { Trx } from "../store/database.js";
import type { Tables } from "../store/schema.js";
import type { Vault } from "../keys/vault.js";
import type { WebhookEvent } from "../webhooks/events.js";
import { queueEvent } from "../webhooks/events.js";
import { queueItem } from "./items.js";

export interface UnitChange {
  readonly deviceId: string;
  readonly state: UnitState;
  readonly serial: string | null;
}

export interface TurnTools {
  readonly vault: Vault;
  readonly random: (bytes: number) => Uint8Array;
  /** The manufacturer's word on a blessing: a reason not to, or "". It must be quick: all messages wait for it. */
  readonly veto: (deviceId: string) => string;
  readonly strangers: StrangerGate;
}

/** An answer, or undefined for whoever proved nothing. */
export type Answer = Uint8Array | undefined;

export type Unit = Selectable<Tables["units"]>;

export class Turn {
  /** Whose held poll ends with this turn: devices and fixtures by id. */
  readonly wake = new Set<string>();
  /** For whom something was queued, so that whichever server holds their poll has to hear of it. */
  readonly told = new Set<string>();
  readonly changes: UnitChange[] = [];
  /** Agents for which something waits after this turn. */
  readonly agents: AgentId[] = [];
  /** Messages for webhooks that wait after this turn. */
  posted = 0;
  /** The token that this request goes back to, for its answer to be forgotten with. */
  token: string | null = null;
  /** Digest of the whole request. */
  readonly id: string;
  private readonly lines: AuditLine[] = [];
  private readonly products = new Map<string, ProductConfig>();

  constructor(
    readonly trx: Trx,
    readonly now: number,
    readonly request: Uint8Array,
    readonly tools: TurnTools,
  ) {
    this.id = sha256(request);
  }

  field(tag: Tag): Uint8Array {
    return findField(this.request, tag) ?? EMPTY;
  }

  idField(tag: Tag): string {
    return hex(this.field(tag));
  }

  isFrom(key: Uint8Array): boolean {
    const covered = this.request.subarray(0, Math.max(0, this.request.length - MAC_BYTES));
    return sameBytes(prf(key, labelled(Label.Up, EMPTY, covered)), macOf(this.request));
  }

  answer(key: Uint8Array, type: MessageType, fields: Fields): Uint8Array {
    return sealMessage(prf, key, Label.Down, macOf(this.request), type, fields);
  }

  refuse(key: Uint8Array, reason: RefusalReason): Uint8Array {
    return this.answer(key, MessageType.Refusal, [Tag.Reason, Uint8Array.of(reason)]);
  }

  /** Kept when the turn ends, all its lines at once. */
  audit(deviceId: string, event: string, detail: object = {}): void {
    this.lines.push({ deviceId, event, detail });
  }

  /** After the last line that the turn has to say. */
  finish(): Promise<void> {
    return appendAudit(this.trx, this.now, this.lines);
  }

  /** Outwards they are all one; the log tells them apart. */
  async unproved(why: string, claimed = ""): Promise<undefined> {
    const unlogged = this.tools.strangers.admit(this.now);
    if (unlogged === undefined) return;
    this.audit(STRANGERS, "unproved", { why, type: this.request[1] ?? 0, claimed, unlogged });
  }

  async product(name: string): Promise<ProductConfig> {
    const known = this.products.get(name);
    if (known) return known;
    const row = await this.trx
      .selectFrom("products")
      .select("config")
      .where("name", "=", name)
      .executeTakeFirstOrThrow();
    const product = JSON.parse(row.config) as ProductConfig;
    this.products.set(name, product);
    return product;
  }

  unit(deviceId: string): Promise<Unit> {
    return this.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
  }

  /** The device has proved itself: it is not silent, and has no use for a poll that it left behind. */
  async heard(deviceId: string): Promise<void> {
    this.wake.add(deviceId);
    await this.trx.updateTable("units").set({ heard_at: this.now }).where("device_id", "=", deviceId).execute();
  }

  /** Moves a unit by its table, and tells the fixture that lit it; false when its state does not know the event. */
  async unitEvent(deviceId: string, event: UnitEvent): Promise<boolean> {
    const unit = await this.unit(deviceId);
    const state = unitStep(unit.state, event)?.next;
    if (!state || state === unit.state) return state !== undefined;
    await this.trx
      .updateTable("units")
      .set({ state, changed_at: this.now })
      .where("device_id", "=", deviceId)
      .execute();
    this.audit(deviceId, "state", { from: unit.state, to: state });
    this.changes.push({ deviceId, state, serial: unit.serial });
    if (unit.fixture) await this.tell(unit.fixture, "unit", { slot: unit.slot, deviceId, state, serial: unit.serial });
    return true;
  }

  /** Queues an item for a device or a fixture. */
  async tell(recipient: string, name: string, data: unknown): Promise<void> {
    await queueItem(this.trx, recipient, name, data);
    this.wake.add(recipient);
    this.told.add(recipient);
  }

  /** Tells the webhooks that want to hear it, if this turn comes to its end. */
  async post(event: WebhookEvent): Promise<void> {
    this.posted += await queueEvent(this.trx, this.now, event);
  }
}
