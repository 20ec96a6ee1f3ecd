// SPDX-License-Identifier: Apache-2.0
// What an operator may do: products, fixtures, light made elsewhere, engineers' words on a unit, and looking.
import type { Selectable } from "kysely";
import type { BrokenRow } from "../audit/audit.js";
import type { LogReport, SignedCheckpoint } from "../audit/audit-checkpoint.js";
import { checkLog, takeCheckpoint } from "../audit/audit-checkpoint.js";
import type { ServerClock } from "../clock.js";
import type { Conversation } from "../conversation/conversation.js";
import { attemptsOf } from "../conversation/results.js";
import { addToken } from "../conversation/token.js";
import type { TurnTools } from "../conversation/turn.js";
import { TOKEN_BYTES } from "../../firmware/core/protocol/keys.js";
import { hex, sha256 } from "../crypto.js";
import { scrap, unbless } from "./decrees.js";
import type { GroupKind } from "../domain/groups.js";
import { targetKinds } from "../domain/groups.js";
import type { Attempt } from "../domain/judge.js";
import { ServerError, unknownFixture, unknownProduct, unknownUnit } from "../errors.js";
import { addKeys, keyNames, sealAnew } from "../keys/keys.js";
import type { ProductConfig } from "../schemas.js";
import { checkProduct } from "../schemas.js";
import type { Db } from "../store/database.js";
import { addGroups, findGroup, groupById } from "../store/groups.js";
import { storedNow } from "../store/now.js";
import type { Tables } from "../store/schema.js";
import type { BlessingView, UnitView } from "../store/units.js";
import { blessingOf, unitRows, unitView } from "../store/units.js";
import { dueUnits, sweep } from "../sweep.js";

const FIXTURE_ID_BYTES = 8;
const FIXTURE_KEY_BYTES = 32;
const DEPLOYMENT_DIGITS = 16;
const NO_COUNTER = "0".repeat(16);
/** The chain of the audit log that tells of keys. */
const KEYS = "keys";
/** Who has the data folder in hand needs no other name. */
export const HERE = "the server's own machine";

export interface RunView {
  readonly id: number;
  readonly startedAt: number;
  readonly verdict: string | null;
  /** Every attempt of every phase, oldest first. */
  readonly attempts: readonly Attempt[];
}

export interface UnitDetail extends UnitView {
  readonly runs: readonly RunView[];
  readonly blessing: BlessingView | null;
  /** What the unit said, oldest first. */
  readonly items: readonly { readonly at: number; readonly name: string; readonly data: string }[];
}

export interface FixtureView {
  readonly id: string;
  readonly product: string;
  /** Name of its fixture group. */
  readonly group: string;
  readonly revoked: boolean;
}

export interface SigningKeyView {
  readonly id: string;
  /** The one that signs; the others only verify. */
  readonly current: boolean;
  readonly madeAt: number;
  /** PEM. */
  readonly publicKey: string;
}

export type AuditRow = Selectable<Tables["audit"]>;

export class Admin {
  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
    private readonly tools: TurnTools,
    private readonly clock: ServerClock,
  ) {}

  /** Adds a product and its groups, or takes its new configuration. @throws ServerError PRODUCT_REJECTED */
  async putProduct(product: ProductConfig): Promise<void> {
    const config = JSON.stringify(checkProduct(product));
    await this.conversation.act(async (turn) => {
      const { trx } = turn;
      const before = await trx
        .selectFrom("products")
        .select("config")
        .where("name", "=", product.name)
        .executeTakeFirst();
      await trx
        .insertInto("products")
        .values({ name: product.name, config, network: null, serials: 0 })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ config }))
        .execute();
      if ((await findGroup(trx, product.name, "dut")) === undefined) await addGroups(trx, product.name);
      const fields = { deployment_id: sha256(config).slice(0, DEPLOYMENT_DIGITS) };
      if (before?.config !== config)
        await turn.post({ event: "deployment", product: product.name, groupId: null, fields });
    });
  }

  /** Entries (SSID, password, server address) that fixtures of this product get under seal; kept sealed here too. */
  async setFactoryNetwork(product: string, entries: Uint8Array): Promise<void> {
    await this.groupOf(product, "fixture");
    const network = this.tools.vault.seal(entries);
    await this.db.updateTable("products").set({ network }).where("name", "=", product).execute();
  }

  /**
   * The key leaves the server this once, for the fixture's flash. `group` is a fixture group of the product, its first unless said.
   * @throws ServerError UNKNOWN_PRODUCT, UNKNOWN_GROUP, GROUP_KIND, FIXTURE_EXISTS
   */
  async addFixture(
    product: string,
    id: Uint8Array = this.tools.random(FIXTURE_ID_BYTES),
    group?: number,
  ): Promise<{ id: Uint8Array; key: Uint8Array }> {
    const key = this.tools.random(FIXTURE_KEY_BYTES);
    const row = {
      id: hex(id),
      product,
      group_id: group === undefined ? await this.groupOf(product, "fixture") : await this.fixtureGroup(product, group),
      key: this.tools.vault.seal(key),
      counter: NO_COUNTER,
      request: "",
      revoked: 0,
    };
    await this.conversation.act(async (turn) => {
      const known = await turn.trx.selectFrom("fixtures").select("id").where("id", "=", row.id).executeTakeFirst();
      if (known)
        throw new ServerError("FIXTURE_EXISTS", `Fixture ${row.id} is known already: give this one another id.`);
      await turn.trx.insertInto("fixtures").values(row).execute();
      turn.audit(row.id, "fixture added", { product });
    });
    return { id, key };
  }

  async fixtures(): Promise<FixtureView[]> {
    const rows = await this.db
      .selectFrom("fixtures")
      .innerJoin("groups", "groups.id", "fixtures.group_id")
      .select(["fixtures.id", "fixtures.product", "fixtures.revoked", "groups.name as group"])
      .orderBy("fixtures.id")
      .execute();
    return rows.map(({ revoked, ...fixture }) => ({ ...fixture, revoked: revoked === 1 }));
  }

  /** Nothing from this fixture counts any more, nor what it lit and no device has used. @throws ServerError UNKNOWN_FIXTURE */
  async revokeFixture(id: string): Promise<void> {
    await this.conversation.act(async (turn) => {
      const { numUpdatedRows } = await turn.trx
        .updateTable("fixtures")
        .set({ revoked: 1 })
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows !== 1n) throw unknownFixture(id);
      await turn.trx
        .updateTable("tokens")
        .set({ expires_at: 0 })
        .where("fixture", "=", id)
        .where("run", "is", null)
        .execute();
      turn.audit(id, "fixture revoked");
    });
  }

  /** Lets light that was made elsewhere enrol one unit, from now for as long as any token. @throws ServerError TOKEN_LENGTH, TOKEN_EXISTS */
  async registerToken(product: string, token: Uint8Array, kind: Tables["tokens"]["kind"] = "factory"): Promise<void> {
    const group = await this.groupOf(product, "fixture");
    if (token.length !== TOKEN_BYTES)
      throw new ServerError(
        "TOKEN_LENGTH",
        `A token has ${TOKEN_BYTES} bytes, and this one ${token.length}: shorter ones are too easily guessed to make a key of.`,
      );
    const isNew = await this.conversation.act(async (turn) => {
      const { tokenS } = await turn.product(product);
      const group_id = kind === "production" ? null : group;
      const expiresAt = turn.now + tokenS * 1000;
      return addToken(turn, { kind, product, fixture: null, group_id, slot: 0, token, expiresAt });
    });
    if (!isNew)
      throw new ServerError("TOKEN_EXISTS", "This token is known already: make new light, a token serves once.");
  }

  /** Every key that ever signed here, oldest first. */
  async signingKeys(): Promise<SigningKeyView[]> {
    const { vault } = this.tools;
    const rows = await this.db
      .selectFrom("keys")
      .selectAll()
      .where("kind", "=", "signing")
      .orderBy("position")
      .execute();
    return rows.map(({ id, made_at }) => ({
      id,
      current: id === vault.signingKeyId,
      madeAt: made_at,
      publicKey: vault.publicKeys.get(id) as string,
    }));
  }

  /** A new signing key and a new master key, and what lies sealed under it; returns how many values that were. */
  async rotateKeys(progress: (values: number) => void = () => undefined): Promise<number> {
    const { vault, random } = this.tools;
    const keys = vault.make(random);
    await this.conversation.act(async (turn) => {
      await addKeys(turn.trx, keys, turn.now);
      turn.audit(KEYS, "keys rotated", Object.fromEntries(keys.map(({ kind, id }) => [kind, id])));
    });
    vault.load(await keyNames(this.db));
    return sealAnew(this.db, vault, progress);
  }

  /** Queues an item for a device's or a fixture's agent handlers. @throws ServerError ITEM_TOO_LONG */
  async send(recipient: string, name: string, data: unknown): Promise<void> {
    await this.conversation.act((turn) => turn.tell(recipient, name, data));
  }

  async units(): Promise<UnitView[]> {
    await this.sweep();
    const rows = await unitRows(this.db).orderBy("device_id").execute();
    return rows.map(unitView);
  }

  /** @throws ServerError UNKNOWN_UNIT */
  async unit(deviceId: string): Promise<UnitDetail> {
    await this.sweep();
    const row = await unitRows(this.db).where("device_id", "=", deviceId).executeTakeFirst();
    if (!row) throw unknownUnit(deviceId);
    const items = await this.db
      .selectFrom("uplinks")
      .select(["at", "name", "data"])
      .where("sender", "=", deviceId)
      .orderBy("at")
      .orderBy("number")
      .execute();
    return { ...unitView(row), runs: await this.runs(deviceId), blessing: await blessingOf(this.db, deviceId), items };
  }

  /** The runs of a unit, oldest first, with every attempt. */
  async runs(deviceId: string): Promise<RunView[]> {
    const rows = await this.db.selectFrom("runs").selectAll().where("device_id", "=", deviceId).orderBy("id").execute();
    return Promise.all(
      rows.map(async ({ id, started_at, verdict }) => ({
        id,
        startedAt: started_at,
        verdict,
        attempts: await attemptsOf(this.db, "run", id),
      })),
    );
  }

  /**
   * An engineer's word, with the key of its production group: the unit may be enrolled anew, with its old serial number.
   * @throws ServerError UNKNOWN_UNIT, UNIT_STATE, UNBLESS_KEY_MISSING, UNBLESS_KEY_REFUSED
   */
  async unbless(deviceId: string, reason: string, key: string, by = HERE): Promise<void> {
    const fault = await this.conversation.act((turn) => unbless(turn, deviceId, key, { reason, by }));
    if (fault) throw fault;
  }

  /** An engineer's word: this unit is no more. @throws ServerError UNKNOWN_UNIT, UNIT_STATE */
  scrap(deviceId: string, reason: string, by = HERE): Promise<void> {
    return this.conversation.act((turn) => scrap(turn, deviceId, { reason, by }));
  }

  audit(deviceId: string): Promise<AuditRow[]> {
    return this.db.selectFrom("audit").selectAll().where("device_id", "=", deviceId).orderBy("id").execute();
  }

  /** Audit rows that do not follow from the one before; none when the log is whole. */
  async verifyAudit(): Promise<readonly BrokenRow[]> {
    return (await this.checkAudit()).broken;
  }

  /** `checkpoint` is what takeCheckpoint made some time before. @throws ServerError CHECKPOINT_REFUSED */
  checkAudit(checkpoint?: unknown): Promise<LogReport> {
    return checkLog(this.db, this.tools.vault, checkpoint);
  }

  /** @throws ServerError AUDIT_BROKEN */
  async takeCheckpoint(): Promise<SignedCheckpoint> {
    return takeCheckpoint(this.db, this.tools.vault, await storedNow(this.db, this.clock));
  }

  async sweep(): Promise<void> {
    if ((await dueUnits(this.db, await storedNow(this.db, this.clock))).length) await this.conversation.act(sweep);
  }

  private async fixtureGroup(product: string, id: number): Promise<number> {
    const group = await groupById(this.db, id);
    if (group?.product !== product)
      throw new ServerError("UNKNOWN_GROUP", `Product "${product}" has no group ${id}: look at lightline groups.`);
    if (targetKinds(group.kind)) return id;
    throw new ServerError(
      "GROUP_KIND",
      `Group "${group.name}" is of kind ${group.kind}: a fixture takes a fixture group.`,
    );
  }

  private async groupOf(product: string, kind: GroupKind): Promise<number> {
    const group = await findGroup(this.db, product, kind);
    if (group !== undefined) return group;
    throw await unknownProduct(product, this.db.selectFrom("products").select("name").execute());
  }
}
