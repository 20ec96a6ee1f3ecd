// SPDX-License-Identifier: Apache-2.0
// All agents of this server: started by what happens to them, stopped when others need the room.
import type { ServerClock } from "../clock.js";
import type { Conversation } from "../conversation/conversation.js";
import type { Db } from "../store/database.js";
import type { AgentRole } from "../store/schema.js";
import type { AgentReach } from "../schemas.js";
import { Agent, said } from "./agent.js";
import type { AgentTools, CallName, Stand } from "./agent.js";
import { endLeases, keepLease, takeLease } from "./agent-lease.js";
import type { AgentId, Identity } from "./agent-store.js";
import { agentAt, codeOf, identityOf, keyOf, paramsOf, storeOutcome } from "./agent-store.js";
import { agentAddress, agentUrlOf } from "./agent-url.js";
import { askOutside } from "./outside.js";
import { Pool } from "./pool.js";
import type { AgentAnswer, AgentCall, AgentRequest } from "./protocol.js";

const MOST_RUNNING = 100;

/** What each of a product's agents runs: one JavaScript file. */
export type AgentScripts = { readonly [role in AgentRole]?: string };

export interface AgentHostOptions {
  readonly clock: ServerClock;
  /** Where agents are reached, without a slash at its end. */
  readonly baseUrl: string;
  /** Which of the servers on one database this is. */
  readonly server: string;
  /** An agent begins to work (+1), or has come to rest (-1). */
  readonly busy: (delta: 1 | -1) => void;
  readonly failed: (error: unknown) => void;
}

interface Found {
  readonly id: AgentId;
  readonly authenticated: boolean;
}

export class AgentHost {
  private readonly agents = new Map<string, Agent>();
  private readonly pool = new Pool((lost) => lost.forEach((key) => this.agents.get(key)?.stop()));
  /** Who waits by sendsync, and for whom. */
  private readonly waits = new Map<string, string>();
  private closed = false;

  constructor(
    private readonly db: Db,
    private readonly conversation: Conversation,
    private readonly options: AgentHostOptions,
  ) {}

  /** What this product's agents run from now on; those that run start anew. */
  async deploy(product: string, scripts: AgentScripts): Promise<void> {
    await this.conversation.act(async ({ trx }) => {
      await trx.deleteFrom("agent_code").where("product", "=", product).execute();
      for (const [role, code] of Object.entries(scripts) as [AgentRole, string][])
        await trx.insertInto("agent_code").values({ product, role, code }).execute();
    });
    const ended = this.closeAll();
    this.agents.clear();
    await ended;
    await this.start();
  }

  /** Goes on with what earlier runs of the server left. */
  async start(): Promise<void> {
    const rows = await this.db.selectFrom("agent_events").select(["device_id", "role"]).distinct().execute();
    this.notice(rows.map(({ device_id, role }) => ({ deviceId: device_id, role })));
  }

  /** There is something for them. */
  notice(ids: readonly AgentId[]): void {
    if (this.closed) return;
    for (const id of ids) void this.agent(id).pump();
  }

  /** undefined for an address that is no agent's. */
  async request(urlId: string, req: Omit<AgentRequest, "authenticated" | "from">): Promise<AgentAnswer | undefined> {
    const found = await this.find(urlId, undefined);
    return found && this.ask(found, req, undefined);
  }

  async urlOf(deviceId: string): Promise<string> {
    const { clock, baseUrl } = this.options;
    const id = await this.conversation.act(({ trx }) => agentUrlOf(trx, deviceId, "", clock.now()));
    return `${baseUrl}/agent/${id}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    const ended = this.closeAll();
    await this.pool.close();
    await ended;
    // Only now: an agent that was about to work would take its lease again, and no other server could have it.
    await endLeases(this.db, this.options.server);
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.close()));
  }

  /** The agent at an address, and whether the caller is a unit that it lit. */
  private find(urlId: string, caller: string | undefined): Promise<Found | undefined> {
    return this.db.transaction().execute(async (trx) => {
      const id = await agentAt(trx, urlId);
      const identity = id && (await identityOf(trx, id));
      if (!id || !identity || (await codeOf(trx, identity.product, id.role)) === undefined) return undefined;
      const unit = caller === undefined ? undefined : await identityOf(trx, { deviceId: caller, role: "dut" });
      return { id, authenticated: unit?.fixture === id.deviceId };
    });
  }

  private ask(
    { id, authenticated }: Found,
    req: Omit<AgentRequest, "authenticated">,
    name: CallName | undefined,
  ): Promise<AgentAnswer> {
    if (this.closed) return Promise.resolve(said(503, "The server ends."));
    return this.during(() => this.agent(id).request({ ...req, authenticated }, name));
  }

  private async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.options.busy(1);
    try {
      return await work();
    } finally {
      this.options.busy(-1);
    }
  }

  private agent(id: AgentId): Agent {
    const known = this.agents.get(keyOf(id));
    if (known) return known;
    const agent = new Agent(id, this.toolsOf(id));
    this.agents.set(keyOf(id), agent);
    return agent;
  }

  private toolsOf(id: AgentId): AgentTools {
    const { clock } = this.options;
    const key = keyOf(id);
    return {
      now: () => clock.now(),
      after: (ms, run) => clock.after(ms, run),
      store: (outcome, isBusy) =>
        this.conversation.act(async (turn) => {
          const isOurs = await keepLease(turn, id, this.options.server, isBusy);
          if (isOurs) await storeOutcome(turn, outcome);
          return isOurs;
        }),
      run: ({ ...message }, standing, wait) => {
        if (message.do === "start") this.makeRoom();
        return this.pool.run({ ...message, agent: key, standing }, wait);
      },
      standing: () => this.standing(id),
      nextMessage: () =>
        this.db
          .selectFrom("agent_events")
          .select(["id", "name", "data", "done"])
          .where("device_id", "=", id.deviceId)
          .where("role", "=", id.role)
          .orderBy("id")
          .limit(1)
          .executeTakeFirst(),
      call: (call, waits, name) => this.during(() => this.call(id, call, waits, name)),
      stop: () => this.pool.stop(key),
      failed: this.options.failed,
      busy: this.options.busy,
    };
  }

  private standing(id: AgentId): Promise<Stand | "held" | undefined> {
    const now = this.options.clock.now();
    const { baseUrl, server } = this.options;
    return this.conversation.act(async (turn) => {
      const { trx } = turn;
      const identity: Identity | undefined = await identityOf(trx, id);
      const code = identity && (await codeOf(trx, identity.product, id.role));
      if (!identity || code === undefined) return undefined;
      const lease = await takeLease(turn, id, server);
      if (lease === "held") return lease;
      const params = await paramsOf(trx, id, identity, baseUrl, now);
      const row = await trx
        .selectFrom("agents")
        .select("saved")
        .where("device_id", "=", id.deviceId)
        .where("role", "=", id.role)
        .executeTakeFirst();
      const agentUrl = `${baseUrl}/agent/${await agentUrlOf(trx, id.deviceId, identity.plan, now)}`;
      return { params, now, moved: lease === "moved", start: { code, saved: row?.saved ?? "{}", agentUrl } };
    });
  }

  /** The one that had nothing to do for the longest goes. */
  private makeRoom(): void {
    const running = [...this.agents.values()].filter(({ isRunning }) => isRunning);
    const idle = running.filter(({ isIdle }) => isIdle).sort((a, b) => a.usedAt - b.usedAt);
    for (const agent of idle.slice(0, Math.max(0, running.length - MOST_RUNNING))) agent.stop();
  }

  /** Agents of this server reach each other; others as their product allows. What was answered before a restart is answered again. */
  private async call(from: AgentId, call: AgentCall, waits: boolean, name: CallName | undefined): Promise<AgentAnswer> {
    const before = name && (await this.answerBefore(name.call));
    if (before) return before;
    const to = agentAddress(this.options.baseUrl, call.url);
    if (!to) return askOutside(call, await this.reachOf(from));
    const { method, headers, body } = call;
    const target = { method, path: to.path, query: to.query, headers, body, from: from.deviceId };
    const found = await this.find(to.urlId, from.deviceId);
    if (!found) return said(404, "UNKNOWN_AGENT");
    if (!waits) return this.ask(found, target, name);
    if (this.waitsFor(keyOf(found.id), keyOf(from)))
      return said(508, "AGENT_CALL_LOOP: it waits for the agent that asks; use sendasync.");
    this.waits.set(keyOf(from), keyOf(found.id));
    try {
      return await this.ask(found, target, name);
    } finally {
      this.waits.delete(keyOf(from));
    }
  }

  /** An agent that waits by sendsync serves nobody meanwhile: a ring of them would wait for ever. */
  private waitsFor(agent: string | undefined, other: string): boolean {
    while (agent !== undefined && agent !== other) agent = this.waits.get(agent);
    return agent !== undefined;
  }

  private reachOf(id: AgentId): Promise<AgentReach | undefined> {
    return this.conversation.act(async (turn) => {
      const identity = await identityOf(turn.trx, id);
      return identity && (await turn.product(identity.product)).agents;
    });
  }

  private async answerBefore(call: string): Promise<AgentAnswer | undefined> {
    const row = await this.db.selectFrom("agent_answers").select("answer").where("call", "=", call).executeTakeFirst();
    return row && (JSON.parse(row.answer) as AgentAnswer);
  }
}
