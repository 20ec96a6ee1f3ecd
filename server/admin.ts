// SPDX-License-Identifier: Apache-2.0
// What an operator may do: products, fixtures, light made elsewhere, and looking.
import type { Selectable } from "kysely";
import { verifyAudit } from "./audit.js";
import type { ServerClock } from "./clock.js";
import { hex } from "./crypto.js";
import type { Attempt, ProductConfig } from "./domain/product.js";
import type { UnitState } from "./domain/unit-machine.js";
import { ServerError } from "./errors.js";
import { attemptsOf } from "./conversation/results.js";
import { addToken } from "./conversation/token.js";
import type { TurnTools } from "./conversation/turn.js";
import type { Conversation } from "./conversation/conversation.js";
import type { Db, Trx } from "./store/database.js";
import type { Tables } from "./store/schema.js";

const FIXTURE_ID_BYTES = 8;
const FIXTURE_KEY_BYTES = 32;
const NO_REQUEST = new Uint8Array(0);
const SILENT_MS = 60_000;
const LOST_MS = 24 * 3600 * 1000;

export interface UnitView {
  readonly deviceId: string;
  readonly product: string;
  readonly state: UnitState;
  readonly serial: string | null;
  readonly fixture: string | null;
  readonly slot: number;
}

export interface RunView {
  readonly id: number;
  readonly verdict: string | null;
  readonly attempts: readonly Attempt[];
}

export class Admin {
  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
    private readonly tools: TurnTools,
    private readonly clock: ServerClock,
  ) {}

  /** Adds a product and its groups, or takes its new configuration. */
  async putProduct(product: ProductConfig): Promise<void> {
    const config = JSON.stringify(product);
    await this.db.transaction().execute(async (trx) => {
      await trx
        .insertInto("products")
        .values({ name: product.name, config, network: null, serials: 0 })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ config }))
        .execute();
      const known = await trx.selectFrom("groups").select("id").where("product", "=", product.name).executeTakeFirst();
      if (!known) await addGroups(trx, product.name);
    });
  }

  /** Entries (SSID, password, server address) that fixtures of this product get under seal; kept sealed here too. */
  async setFactoryNetwork(product: string, entries: Uint8Array): Promise<void> {
    const network = this.tools.vault.seal(entries);
    await this.db.updateTable("products").set({ network }).where("name", "=", product).execute();
  }

  /** The key leaves the server this once, for the fixture's flash. @throws ServerError UNKNOWN_PRODUCT */
  async addFixture(product: string): Promise<{ id: Uint8Array; key: Uint8Array }> {
    const id = this.tools.random(FIXTURE_ID_BYTES);
    const key = this.tools.random(FIXTURE_KEY_BYTES);
    const group = await this.groupOf(product, "fixture");
    await this.db
      .insertInto("fixtures")
      .values({
        id: hex(id),
        product,
        group_id: group,
        key: this.tools.vault.seal(key),
        counter: "0".repeat(16),
        revoked: 0,
      })
      .execute();
    return { id, key };
  }

  /** Lets light that was made elsewhere enrol one unit, from now for as long as any token. */
  async registerToken(product: string, token: Uint8Array): Promise<void> {
    await this.groupOf(product, "dut");
    await this.conversation.turn(NO_REQUEST, async (turn) => {
      const { tokenS } = await turn.product(product);
      const expiresAt = turn.now + tokenS * 1000;
      await addToken(turn, { kind: "factory", product, fixture: null, slot: 0, token, expiresAt });
    });
  }

  async units(): Promise<UnitView[]> {
    await this.sweep();
    const rows = await this.db.selectFrom("units").selectAll().orderBy("device_id").execute();
    return rows.map(unitView);
  }

  /** The runs of a unit, oldest first, with every attempt. */
  async runs(deviceId: string): Promise<RunView[]> {
    const rows = await this.db.selectFrom("runs").selectAll().where("device_id", "=", deviceId).orderBy("id").execute();
    return this.db.transaction().execute((trx) =>
      Promise.all(rows.map(async ({ id, verdict }) => ({ id, verdict, attempts: await attemptsOf(trx, id) }))),
    );
  }

  audit(deviceId: string): Promise<Selectable<Tables["audit"]>[]> {
    return this.db.selectFrom("audit").selectAll().where("device_id", "=", deviceId).orderBy("id").execute();
  }

  /** Ids of audit rows that do not follow from the one before; none when the log is whole. */
  verifyAudit(): Promise<number[]> {
    return verifyAudit(this.db);
  }

  /** What time alone does: silent units are re-seat, grants unacknowledged for a day lost. */
  async sweep(): Promise<void> {
    const now = this.clock.now();
    const due = await this.db
      .selectFrom("units")
      .select(["device_id", "state"])
      .where((eb) =>
        eb.or([
          eb.and([eb("state", "=", "blessed"), eb("changed_at", "<", now - SILENT_MS)]),
          eb.and([eb("state", "=", "blessing"), eb("changed_at", "<", now - LOST_MS)]),
        ]),
      )
      .execute();
    for (const unit of due)
      await this.conversation.turn(NO_REQUEST, (turn) =>
        turn.unitEvent(unit.device_id, unit.state === "blessed" ? "q" : "t"),
      );
  }

  private async groupOf(product: string, kind: Tables["groups"]["kind"]): Promise<number> {
    const group = await this.db
      .selectFrom("groups")
      .select("id")
      .where("product", "=", product)
      .where("kind", "=", kind)
      .executeTakeFirst();
    if (group) return group.id;
    const known = await this.db.selectFrom("products").select("name").execute();
    throw new ServerError(
      "UNKNOWN_PRODUCT",
      `There is no product "${product}" on this server; it has ${known.map((row) => row.name).join(", ") || "none"}.`,
    );
  }
}

/** A fixture group has two targets: where its light moves units, and where blessing does. */
async function addGroups(trx: Trx, product: string): Promise<void> {
  const add = async (kind: Tables["groups"]["kind"], dut: number | null, production: number | null): Promise<number> => {
    const row = await trx
      .insertInto("groups")
      .values({ product, kind, dut_target: dut, production_target: production })
      .returning("id")
      .executeTakeFirstOrThrow();
    return row.id;
  };
  await add("development", null, null);
  const production = await add("production", null, null);
  const dut = await add("dut", null, production);
  await add("fixture", dut, production);
}

function unitView(row: Selectable<Tables["units"]>): UnitView {
  return {
    deviceId: row.device_id,
    product: row.product,
    state: row.state as UnitState,
    serial: row.serial,
    fixture: row.fixture,
    slot: row.slot,
  };
}
