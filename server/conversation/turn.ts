// SPDX-License-Identifier: Apache-2.0
// One request and what answering it needs: all of it happens in one transaction.
import { Label, MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import type { RefusalReason } from "../../firmware/core/protocol/codes.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { findField, macIsRight, macOf, sealMessage } from "../../firmware/core/protocol/message.js";
import { EMPTY } from "../../firmware/core/protocol/bytes.js";
import { audit } from "../audit.js";
import type { Vault } from "../crypto.js";
import { hex, prf } from "../crypto.js";
import type { ProductConfig } from "../domain/product.js";
import type { UnitEvent, UnitState } from "../domain/unit-machine.js";
import { nextUnitState } from "../domain/unit-machine.js";
import type { Trx } from "../store/database.js";

export interface UnitChange {
  readonly deviceId: string;
  readonly state: UnitState;
  readonly serial: string | null;
}

export interface TurnTools {
  readonly vault: Vault;
  readonly random: (bytes: number) => Uint8Array;
  /** The manufacturer's word on a blessing: a reason not to, or "". */
  readonly veto: (deviceId: string) => string;
}

/** An answer, or undefined for whoever proved nothing. */
export type Answer = Uint8Array | undefined;

/** JSON whose bytes are its characters: devices know latin-1 only. */
export function asciiJson(data: unknown): string {
  return JSON.stringify(data).replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export class Turn {
  /** Whom a held poll may now answer: devices and fixtures by id. */
  readonly wake = new Set<string>();
  readonly changes: UnitChange[] = [];

  constructor(
    readonly trx: Trx,
    readonly now: number,
    readonly request: Uint8Array,
    readonly tools: TurnTools,
  ) {}

  field(tag: Tag): Uint8Array {
    return findField(this.request, tag) ?? EMPTY;
  }

  idField(tag: Tag): string {
    return hex(this.field(tag));
  }

  isFrom(key: Uint8Array): boolean {
    return macIsRight(prf, key, Label.Up, EMPTY, this.request);
  }

  answer(key: Uint8Array, type: MessageType, fields: Fields): Uint8Array {
    return sealMessage(prf, key, Label.Down, macOf(this.request), type, fields);
  }

  refuse(key: Uint8Array, reason: RefusalReason): Uint8Array {
    return this.answer(key, MessageType.Refusal, [Tag.Reason, Uint8Array.of(reason)]);
  }

  audit(deviceId: string, event: string, detail: object = {}): Promise<void> {
    return audit(this.trx, this.now, deviceId, event, detail);
  }

  async product(name: string): Promise<ProductConfig> {
    const row = await this.trx.selectFrom("products").select("config").where("name", "=", name).executeTakeFirstOrThrow();
    return JSON.parse(row.config) as ProductConfig;
  }

  /** Moves a unit by its table, and tells the fixture that lit it. */
  async unitEvent(deviceId: string, event: UnitEvent): Promise<UnitState> {
    const unit = await this.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirstOrThrow();
    const state = nextUnitState(unit.state as UnitState, event);
    if (state === unit.state) return state;
    await this.trx
      .updateTable("units")
      .set({ state, changed_at: this.now })
      .where("device_id", "=", deviceId)
      .execute();
    await this.audit(deviceId, "state", { from: unit.state, to: state });
    this.changes.push({ deviceId, state, serial: unit.serial });
    if (unit.fixture)
      await this.tell(unit.fixture, "unit", { slot: unit.slot, deviceId, state, serial: unit.serial });
    return state;
  }

  /** Queues an item for a device or a fixture. */
  async tell(recipient: string, name: string, data: unknown): Promise<void> {
    await this.trx.insertInto("items").values({ recipient, name, data: asciiJson(data) }).execute();
    this.wake.add(recipient);
  }
}
