// SPDX-License-Identifier: Apache-2.0
// What is stored of agents: their code, what waits for them, and the effects of an event, in one transaction with its end.
import type { Trx } from "../store/database.js";
import type { AgentRole } from "../store/schema.js";
import type { Turn } from "../conversation/turn.js";
import { mayCall } from "../domain/groups.js";
import { agentUrlOf } from "./agent-url.js";
import type { AgentAnswer, Effect } from "./protocol.js";

const LOG_KEPT = 1000;
/** Of one device: an agent may not fill the disk while it is away. */
const ITEMS_WAITING = 1000;
/** What server.log and server.error say is no message to an agent. */
const OF_THE_LOG = ["log", "error"];

export interface AgentId {
  readonly deviceId: string;
  readonly role: AgentRole;
}

export const keyOf = ({ deviceId, role }: AgentId): string => `${deviceId}/${role}`;

/** Queues what a device said for its agent, where the product has one. */
export async function queueEvents(
  turn: Turn,
  { deviceId, role }: AgentId,
  product: string,
  items: readonly { readonly name: string; readonly data: string }[],
): Promise<void> {
  const said = items.filter(({ name }) => !OF_THE_LOG.includes(name));
  if (!said.length || (await codeOf(turn.trx, product, role)) === undefined) return;
  for (const { name, data } of said)
    await turn.trx.insertInto("agent_events").values({ device_id: deviceId, role, name, data, done: 0 }).execute();
  turn.agents.push({ deviceId, role });
}

export async function codeOf(trx: Trx, product: string, role: AgentRole): Promise<string | undefined> {
  const row = await trx
    .selectFrom("agent_code")
    .select("code")
    .where("product", "=", product)
    .where("role", "=", role)
    .executeTakeFirst();
  return row?.code;
}

export interface Identity {
  readonly product: string;
  /** The fixture that lit it. */
  readonly fixture: string | null;
  /** Its owner's; empty before there is one. */
  readonly plan: string;
}

export async function identityOf(trx: Trx, { deviceId, role }: AgentId): Promise<Identity | undefined> {
  if (role !== "fixture") {
    const unit = await trx
      .selectFrom("units")
      .select(["product", "fixture", "plan_id"])
      .where("device_id", "=", deviceId)
      .executeTakeFirst();
    return unit && { product: unit.product, fixture: unit.fixture, plan: unit.plan_id ?? "" };
  }
  const row = await trx.selectFrom("fixtures").select("product").where("id", "=", deviceId).executeTakeFirst();
  return row && { product: row.product, fixture: null, plan: "" };
}

/** imp.configparams: a key that does not apply is absent. */
export async function paramsOf(trx: Trx, agent: AgentId, { fixture }: Identity, baseUrl: string, now: number) {
  const { deviceId, role } = agent;
  if (role === "application") return { deviceid: deviceId };
  if (role === "fixture")
    return { deviceid: deviceId, factory_imp_device_id: deviceId, factoryfirmware: true, is_factory_fixture: true };
  if (fixture === null) return { deviceid: deviceId, factoryfirmware: true };
  return {
    deviceid: deviceId,
    factory_imp_device_id: fixture,
    factory_fixture_url: `${baseUrl}/agent/${await agentUrlOf(trx, fixture, "", now)}`,
    factoryfirmware: true,
  };
}

/** The agent behind an address: of a blessed unit its application's. An earlier owner's address, and the factory's, lead to nobody. */
export async function agentAt(trx: Trx, id: string): Promise<AgentId | undefined> {
  const row = await trx
    .selectFrom("agent_urls")
    .select(["device_id", "plan_id"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) return undefined;
  const deviceId = row.device_id;
  const fixture = await trx.selectFrom("fixtures").select("id").where("id", "=", deviceId).executeTakeFirst();
  if (fixture) return { deviceId, role: "fixture" };
  const unit = await trx
    .selectFrom("units")
    .innerJoin("groups", "groups.id", "units.group_id")
    .select(["groups.kind", "units.plan_id"])
    .where("device_id", "=", deviceId)
    .executeTakeFirst();
  if (!unit || (unit.plan_id ?? "") !== row.plan_id) return undefined;
  return { deviceId, role: mayCall(unit.kind, "bless") ? "dut" : "application" };
}

export interface Outcome {
  readonly agent: AgentId;
  readonly effects: readonly Effect[];
  /** The device's message that all this goes back to, and whether that is done with. */
  readonly event: number | undefined;
  readonly isDone: boolean;
  /** By request: the name under which its answer is to be found again. */
  readonly callOf: (request: number) => { readonly call: string; readonly event: number } | undefined;
}

/** Messages, saved data, log lines and answers: all of them or none. */
export async function storeOutcome(turn: Turn, { agent, effects, event, isDone, callOf }: Outcome): Promise<void> {
  const { trx } = turn;
  let once = 0;
  for (const effect of effects) {
    if (effect.do === "answer") await keepAnswer(trx, callOf(effect.request), effect.answer);
    else if (effect.do === "send") await send(turn, agent, effect.name, JSON.parse(effect.data));
    else if (effect.do === "save") await save(trx, agent, effect.data);
    else if (effect.do === "log") await keepLine(turn, agent, effect.level, effect.text);
    if (["send", "save", "log"].includes(effect.do)) once++;
  }
  if (event === undefined) return;
  if (isDone) {
    await trx.deleteFrom("agent_events").where("id", "=", event).execute();
    await trx.deleteFrom("agent_answers").where("event", "=", event).execute();
  } else
    await trx
      .updateTable("agent_events")
      .set((eb) => ({ done: eb("done", "+", once) }))
      .where("id", "=", event)
      .execute();
}

async function keepAnswer(
  trx: Trx,
  of: { readonly call: string; readonly event: number } | undefined,
  answer: AgentAnswer,
): Promise<void> {
  if (of)
    await trx
      .insertInto("agent_answers")
      .values({ ...of, answer: JSON.stringify(answer) })
      .execute();
}

async function send(turn: Turn, agent: AgentId, name: string, data: unknown): Promise<void> {
  const { waiting } = await turn.trx
    .selectFrom("items")
    .select((eb) => eb.fn.countAll<number>().as("waiting"))
    .where("recipient", "=", agent.deviceId)
    .executeTakeFirstOrThrow();
  if (waiting < ITEMS_WAITING) return turn.tell(agent.deviceId, name, data);
  await keepLine(turn, agent, "error", `device.send: ${ITEMS_WAITING} messages wait already, "${name}" was left out`);
}

async function save(trx: Trx, { deviceId: device_id, role }: AgentId, saved: string): Promise<void> {
  await trx
    .insertInto("agents")
    .values({ device_id, role, saved })
    .onConflict((conflict) => conflict.columns(["device_id", "role"]).doUpdateSet({ saved }))
    .execute();
}

/** Among what the device says itself, under a name of its own; the oldest go. */
async function keepLine(turn: Turn, { deviceId: sender, role }: AgentId, level: string, text: string): Promise<void> {
  const epoch = `agent ${role}`;
  const mine = turn.trx.selectFrom("uplinks").where("sender", "=", sender).where("epoch", "=", epoch);
  const last = await mine.select((eb) => eb.fn.max("number").as("number")).executeTakeFirst();
  const number = ((last?.number as number | null | undefined) ?? 0) + 1;
  const line = { sender, epoch, number, name: `agent ${level}`, data: JSON.stringify(text), at: turn.now };
  await turn.trx.insertInto("uplinks").values(line).execute();
  await turn.trx
    .deleteFrom("uplinks")
    .where("sender", "=", sender)
    .where("epoch", "=", epoch)
    .where("number", "<=", number - LOG_KEPT)
    .execute();
}
