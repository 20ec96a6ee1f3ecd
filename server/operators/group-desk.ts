// SPDX-License-Identifier: Apache-2.0
// What an engineer does to Device Groups: makes them, aims fixtures at them, and moves by hand what a hand may move.
import { HERE } from "./admin.js";
import type { Conversation } from "../conversation/conversation.js";
import type { Turn } from "../conversation/turn.js";
import type { GroupKind } from "../domain/groups.js";
import { isProduction, mayBeMoved, targetKinds } from "../domain/groups.js";
import { ServerError, unknownFixture, unknownUnit } from "../errors.js";
import type { Db } from "../store/database.js";
import type { Group } from "../store/groups.js";
import { groupById, moveUnit } from "../store/groups.js";
import { makeUnblessKey } from "../keys/unbless-keys.js";

/** Ids of groups. */
export interface Targets {
  readonly dutTarget?: number | undefined;
  readonly productionTarget?: number | undefined;
}

export interface NewGroup extends Targets {
  readonly product: string;
  readonly kind: GroupKind;
  readonly name: string;
}

/** Printable ASCII without a slash, which would part a product from its group; a number would be taken for an id. */
export const GROUP_NAME = "^(?![0-9]+$)[!-.0-~]([ -.0-~]{0,62}[!-.0-~])?$";
/** The chain of the audit log that tells of groups. */
const CHAIN = "groups";

export class GroupDesk {
  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
  ) {}

  /** By its id, as PRODUCT/NAME, or by its name where no other product has that. @throws ServerError UNKNOWN_GROUP */
  async find(text: string): Promise<number> {
    const [product, name] = text.includes("/") ? (text.split("/", 2) as [string, string]) : [undefined, text];
    let query = this.db.selectFrom("groups").select(["id", "product"]);
    if (product !== undefined) query = query.where("product", "=", product);
    query = /^[0-9]{1,9}$/.test(text) ? query.where("id", "=", Number(text)) : query.where("name", "=", name);
    const [found, another] = await query.orderBy("id").execute();
    if (found && !another) return found.id;
    const why = found
      ? `Several products have a group "${text}": write ${found.product}/${text}`
      : `There is no group "${text}"`;
    throw new ServerError("UNKNOWN_GROUP", `${why}; lightline groups lists them.`);
  }

  /** Returns its id. @throws ServerError UNKNOWN_PRODUCT, GROUP_NAME, GROUP_EXISTS, GROUP_TARGETS */
  async add({ product, kind, name, ...targets }: NewGroup, by = HERE): Promise<number> {
    if (!new RegExp(GROUP_NAME).test(name))
      throw new ServerError(
        "GROUP_NAME",
        "A group's name has 1 to 64 printable ASCII characters, no slash, and not digits alone.",
      );
    return this.conversation.act(async (turn) => {
      const { trx } = turn;
      const known = await trx.selectFrom("products").select("name").where("name", "=", product).executeTakeFirst();
      if (!known) throw new ServerError("UNKNOWN_PRODUCT", `There is no product "${product}" on this server.`);
      const taken = await trx
        .selectFrom("groups")
        .select("id")
        .where("product", "=", product)
        .where("name", "=", name)
        .executeTakeFirst();
      if (taken)
        throw new ServerError(
          "GROUP_EXISTS",
          `Product "${product}" has a group "${name}": give this one another name.`,
        );
      const aims = await checkedTargets(turn, { product, kind }, targets);
      const { id } = await trx
        .insertInto("groups")
        .values({ product, kind, name, ...aims })
        .returning("id")
        .executeTakeFirstOrThrow();
      turn.audit(CHAIN, "group added", { group: id, product, kind, name, ...aims, by });
      return id;
    });
  }

  /** From the next light and the next blessing on. @throws ServerError UNKNOWN_GROUP, GROUP_TARGETS */
  async setTargets(id: number, targets: Targets, by = HERE): Promise<void> {
    await this.conversation.act(async (turn) => {
      const group = await knownGroup(turn, id);
      const aims = await checkedTargets(turn, group, targets);
      if (!targetKinds(group.kind)) throw noTargets(group.kind);
      await turn.trx.updateTable("groups").set(aims).where("id", "=", id).execute();
      turn.audit(CHAIN, "targets set", { group: id, ...aims, by });
    });
  }

  /** One that nothing is in and nothing leads to. @throws ServerError UNKNOWN_GROUP, GROUP_IN_USE */
  async remove(id: number, by = HERE): Promise<void> {
    await this.conversation.act(async (turn) => {
      const group = await knownGroup(turn, id);
      const use = await useOf(turn, group);
      if (use) throw new ServerError("GROUP_IN_USE", `Group "${group.name}" of ${group.product} ${use}.`);
      await turn.trx.deleteFrom("unbless_keys").where("group_id", "=", id).execute();
      await turn.trx.deleteFrom("groups").where("id", "=", id).execute();
      turn.audit(CHAIN, "group removed", { group: id, name: group.name, by });
    });
  }

  /** By hand: out of testing, or between production groups of one kind. @throws ServerError UNKNOWN_UNIT, UNKNOWN_GROUP, GROUP_KIND */
  async moveUnit(deviceId: string, id: number, reason: string, by = HERE): Promise<void> {
    await this.conversation.act(async (turn) => {
      const unit = await turn.trx.selectFrom("units").selectAll().where("device_id", "=", deviceId).executeTakeFirst();
      if (!unit) throw unknownUnit(deviceId);
      const from = await knownGroup(turn, unit.group_id);
      const to = await knownGroup(turn, id);
      if (to.product !== unit.product || !mayBeMoved(from.kind, to.kind))
        throw new ServerError(
          "GROUP_KIND",
          `Unit ${deviceId} is in ${from.product}/${from.name} and cannot be put into ${to.product}/${to.name}: only light leads into testing, only a blessing into production.`,
        );
      // Out of testing is out of its run.
      if (!isProduction(from.kind))
        await turn.trx.updateTable("units").set({ session: null }).where("device_id", "=", deviceId).execute();
      await moveUnit(turn.trx, deviceId, id);
      turn.audit(deviceId, "moved", { from: from.name, to: to.name, reason, by });
    });
  }

  /** What it lights from now on leads elsewhere. @throws ServerError UNKNOWN_FIXTURE, UNKNOWN_GROUP, GROUP_KIND */
  async moveFixture(fixture: string, id: number, by = HERE): Promise<void> {
    await this.conversation.act(async (turn) => {
      const row = await turn.trx.selectFrom("fixtures").select("product").where("id", "=", fixture).executeTakeFirst();
      if (!row) throw unknownFixture(fixture);
      const to = await knownGroup(turn, id);
      if (to.product !== row.product || !targetKinds(to.kind))
        throw new ServerError(
          "GROUP_KIND",
          `Fixture ${fixture} belongs to ${row.product}: it takes a fixture group of that product.`,
        );
      await turn.trx.updateTable("fixtures").set({ group_id: id }).where("id", "=", fixture).execute();
      turn.audit(fixture, "fixture moved", { group: to.name, by });
    });
  }

  /** Shown this once. @throws ServerError UNKNOWN_GROUP, GROUP_KIND, UNBLESS_KEY_EXISTS */
  makeUnblessKey(id: number, replace = false): Promise<string> {
    return this.conversation.act(async (turn) => {
      const group = await knownGroup(turn, id);
      if (!isProduction(group.kind))
        throw new ServerError(
          "GROUP_KIND",
          `Group "${group.name}" is of kind ${group.kind}: only production groups have an unbless key.`,
        );
      const key = await makeUnblessKey(turn, id, replace);
      turn.audit(CHAIN, "unbless key made", { group: id, replace, by: HERE });
      return key;
    });
  }
}

async function knownGroup({ trx }: Turn, id: number): Promise<Group> {
  const group = await groupById(trx, id);
  if (group) return group;
  throw new ServerError("UNKNOWN_GROUP", `There is no group ${id}: look at lightline groups.`);
}

const noTargets = (kind: GroupKind): ServerError =>
  new ServerError("GROUP_TARGETS", `A group of kind ${kind} has no targets: only fixture groups aim at others.`);

/** A fixture group's two, of its product and its kind; none of any other. */
async function checkedTargets(
  turn: Turn,
  { product, kind }: Pick<Group, "product" | "kind">,
  { dutTarget, productionTarget }: Targets,
): Promise<Pick<Group, "dut_target" | "production_target">> {
  const kinds = targetKinds(kind);
  if (!kinds) {
    if (dutTarget !== undefined || productionTarget !== undefined) throw noTargets(kind);
    return { dut_target: null, production_target: null };
  }
  const fits = async (id: number | undefined, wanted: GroupKind): Promise<number> => {
    const group = id === undefined ? undefined : await groupById(turn.trx, id);
    if (group?.product === product && group.kind === wanted) return group.id;
    throw new ServerError(
      "GROUP_TARGETS",
      `A ${kind} group of ${product} aims at a ${kinds.dut} group and a ${kinds.production} group of that product: name one of each.`,
    );
  };
  return {
    dut_target: await fits(dutTarget, kinds.dut),
    production_target: await fits(productionTarget, kinds.production),
  };
}

/** Why it cannot go; "" when it can. The first of each kind is the one that light and blessing without a fixture lead by. */
async function useOf({ trx, now }: Turn, { id, product, kind }: Group): Promise<string> {
  const has = async (query: { executeTakeFirst(): Promise<unknown> }) => (await query.executeTakeFirst()) !== undefined;
  const of = trx.selectFrom("groups").select("id");
  if (await has(of.where((eb) => eb.or([eb("dut_target", "=", id), eb("production_target", "=", id)]))))
    return "is a fixture group's target: aim that elsewhere first";
  if (await has(trx.selectFrom("units").select("device_id").where("group_id", "=", id))) return "has units";
  if (await has(trx.selectFrom("fixtures").select("id").where("group_id", "=", id))) return "has fixtures";
  if (await has(trx.selectFrom("grants").select("id").where("group_id", "=", id))) return "has a blessing under way";
  const alight = trx.selectFrom("tokens").leftJoin("runs", "runs.id", "tokens.run").select("tokens.id");
  const isOpen = alight
    .where("tokens.group_id", "=", id)
    .where((eb) => eb.or([eb("tokens.expires_at", ">=", now), eb("runs.lease_until", ">=", now)]));
  if (await has(isOpen)) return "has light that still counts: wait until it is over";
  const others = of.where("product", "=", product).where("kind", "=", kind).where("id", "<", id);
  return (await has(others)) ? "" : `is the first ${kind} group of its product, which every product keeps`;
}
