// SPDX-License-Identifier: Apache-2.0
// All agents of this server: started by what happens to them, stopped when others need the room.
import type { ServerClock } from "../clock.js";
import type { Conversation } from "../conversation/conversation.js";
import type { Db } from "../store/database.js";
import type { AgentRole } from "../store/schema.js";
import { Agent, said } from "./agent.js";
import type { AgentTools } from "./agent.js";
import type { AgentId, Identity } from "./agent-store.js";
import { agentAt, codeOf, identityOf, keyOf, paramsOf } from "./agent-store.js";
import { agentAddress, agentUrlOf } from "./agent-url.js";
import { Pool } from "./pool.js";
import type { AgentAnswer, AgentCall, AgentRequest } from "./protocol.js";

const MOST_RUNNING = 100;

/** What each of a product's agents runs: one JavaScript file. */
export type AgentScripts = { readonly [role in AgentRole]?: string };

export interface AgentHostOptions {
  readonly clock: ServerClock;
  /** Where agents are reached, without a slash at its end. */
  readonly baseUrl: string;
  /** An agent begins to work (+1), or has come to rest (-1). */
  readonly busy: (delta: 1 | -1) => void;
}

export class AgentHost {
  private readonly agents = new Map<string, Agent>();
  private readonly pool = new Pool((lost) => lost.forEach((key) => this.agents.get(key)?.stop()));
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
    for (const agent of this.agents.values()) agent.stop();
    this.agents.clear();
  }

  /** Goes on with what earlier runs of the server left. */
  async start(): Promise<void> {
    const rows = await this.db.selectFrom("agent_events").select(["device_id", "role"]).distinct().execute();
    this.notice(rows.map(({ device_id, role }) => ({ deviceId: device_id, role })));
  }

  /** There is something for them. */
  notice(ids: readonly AgentId[]): void {
    for (const id of ids) void this.agent(id).pump();
  }

  /** undefined for an address that is no agent's. */
  async request(urlId: string, req: Omit<AgentRequest, "authenticated">, name?: { call: string; event: number }) {
    const found = await this.db.transaction().execute(async (trx) => {
      const id = await agentAt(trx, urlId);
      const identity = id && (await identityOf(trx, id));
      if (!id || !identity || (await codeOf(trx, identity.product, id.role)) === undefined) return undefined;
      const caller = req.from === undefined ? undefined : await identityOf(trx, { deviceId: req.from, role: "dut" });
      return { id, authenticated: caller?.fixture === id.deviceId };
    });
    if (!found || this.closed) return undefined;
    const { id, authenticated } = found;
    return this.during(() => this.agent(id).request({ ...req, authenticated }, name));
  }

  async urlOf(deviceId: string): Promise<string> {
    const { clock, baseUrl } = this.options;
    const id = await this.conversation.act(({ trx }) => agentUrlOf(trx, deviceId, "", clock.now()));
    return `${baseUrl}/agent/${id}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const agent of this.agents.values()) agent.close();
    await this.pool.close();
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
      act: (work) => this.conversation.act(work),
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
      call: (call, name) => this.during(() => this.call(id, call, name)),
      stop: () => this.pool.stop(key),
      busy: this.options.busy,
    };
  }

  private standing(id: AgentId) {
    const now = this.options.clock.now();
    const { baseUrl } = this.options;
    return this.conversation.act(async ({ trx }) => {
      const identity: Identity | undefined = await identityOf(trx, id);
      const code = identity && (await codeOf(trx, identity.product, id.role));
      if (!identity || code === undefined) return undefined;
      const params = await paramsOf(trx, id, identity, baseUrl, now);
      const row = await trx
        .selectFrom("agents")
        .select("saved")
        .where("device_id", "=", id.deviceId)
        .where("role", "=", id.role)
        .executeTakeFirst();
      const agentUrl = `${baseUrl}/agent/${await agentUrlOf(trx, id.deviceId, identity.plan, now)}`;
      return { params, now, start: { code, saved: row?.saved ?? "{}", agentUrl } };
    });
  }

  /** The one that had nothing to do for the longest goes. */
  private makeRoom(): void {
    const running = [...this.agents.values()].filter(({ isRunning }) => isRunning);
    const idle = running.filter(({ isIdle }) => isIdle).sort((a, b) => a.usedAt - b.usedAt);
    for (const agent of idle.slice(0, Math.max(0, running.length - MOST_RUNNING))) agent.stop();
  }

  /** Agents of this server reach each other, and nobody else yet. What was answered before a restart is answered again. */
  private async call(
    from: AgentId,
    { method, url, headers, body }: AgentCall,
    name: { call: string; event: number } | undefined,
  ): Promise<AgentAnswer> {
    const before = name && (await this.answerBefore(name.call));
    if (before) return before;
    const to = agentAddress(this.options.baseUrl, url);
    if (!to) return said(9, "AGENT_CALL_REFUSED: an agent may call the agents of this server, by their addresses.");
    const target = { method, path: to.path, query: to.query, headers, body, from: from.deviceId };
    return (await this.request(to.urlId, target, name)) ?? said(404, "UNKNOWN_AGENT");
  }

  private async answerBefore(call: string): Promise<AgentAnswer | undefined> {
    const row = await this.db.selectFrom("agent_answers").select("answer").where("call", "=", call).executeTakeFirst();
    return row && (JSON.parse(row.answer) as AgentAnswer);
  }
}
