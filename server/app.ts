// SPDX-License-Identifier: Apache-2.0
// The factory server as an application: no port is opened here.
import { randomBytes, randomUUID } from "node:crypto";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { AgentHost } from "./agents/agent-host.js";
import { Activation } from "./activation/activation.js";
import { Admin } from "./operators/admin.js";
import { ApiKeys } from "./operators/api-keys.js";
import { StrangerGate } from "./audit/audit.js";
import type { ServerClock } from "./clock.js";
import { systemClock } from "./clock.js";
import { ClockWatch } from "./clock-watch.js";
import { Conversation } from "./conversation/conversation.js";
import type { UnitChange } from "./conversation/turn.js";
import { openDataFolder } from "./data-folder.js";
import { GroupDesk } from "./operators/group-desk.js";
import { Lists } from "./operators/lists.js";
import { buildRoutes } from "./routes.js";
import { startSweeping } from "./sweep.js";
import { ensureWhole } from "./store/database.js";
import { WakeCalls } from "./store/wake-calls.js";
import { Courier } from "./webhooks/courier.js";
import { Webhooks } from "./webhooks/webhooks.js";

/** SQLite's; it has the same name after a fall, and need not wait for itself. */
const ONLY_SERVER = "this";
/** The chain of the audit log that tells of the clock. */
const CLOCK = "clock";
const PUBLIC_URL = "http://127.0.0.1:8080";

export interface AppOptions {
  readonly dataDir: string;
  /** postgres://..., instead of a file in the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly clock?: ServerClock;
  /** Bytes nobody can guess; a line of virtual boards gives its own. */
  readonly random?: (bytes: number) => Uint8Array;
  /** A held poll: +1 when it begins to wait, -1 when it is answered. */
  readonly parked?: (delta: 1 | -1) => void;
  /** The manufacturer's word on a blessing: a reason not to, or "". All messages wait for it. */
  readonly veto?: (deviceId: string) => string;
  readonly onUnitChange?: (change: UnitChange) => void;
  /** Where agents are reached; this machine's own port 8080 unless said. */
  readonly publicUrl?: string | undefined;
  /** An agent begins to work (+1), or has come to rest (-1). */
  readonly agentsBusy?: (delta: 1 | -1) => void;
  readonly logger?: FastifyBaseLogger;
}

export interface App {
  readonly http: FastifyInstance;
  readonly admin: Admin;
  readonly lists: Lists;
  readonly apiKeys: ApiKeys;
  /** They run once they are told to start. */
  readonly agents: AgentHost;
  readonly groups: GroupDesk;
  readonly webhooks: Webhooks;
  /** Runs once the app starts. */
  readonly courier: Courier;
  readonly signingKeyId: string;
  /** Looks the file through, takes what waits to the webhooks, and hears what other servers queue. @throws ServerError DATABASE_DAMAGED */
  start(): Promise<void>;
  /** Ends held polls, finishes what is under way, closes the database. */
  close(): Promise<void>;
}

/** @throws ServerError when the data folder cannot be used */
export async function buildApp(options: AppOptions): Promise<App> {
  const {
    publicUrl = PUBLIC_URL,
    clock = systemClock,
    random = (bytes) => new Uint8Array(randomBytes(bytes)),
  } = options;
  const { db, vault } = await openDataFolder(options.dataDir, random, clock.now(), options.databaseUrl);
  const tools = { vault, random, veto: options.veto ?? (() => ""), strangers: new StrangerGate() };
  const conversation = new Conversation(db, {
    clock,
    tools,
    shared: options.databaseUrl !== undefined,
    parked: options.parked ?? (() => undefined),
    onUnitChange: options.onUnitChange ?? (() => undefined),
    onAgentWork: (ids) => agents.notice(ids),
    onPosted: () => courier.wake(),
  });
  const calls = options.databaseUrl === undefined ? undefined : wakeCalls(options.databaseUrl, clock, conversation);
  const failed = (error: unknown): void => options.logger?.error(error);
  const agents = new AgentHost(db, conversation, {
    clock,
    baseUrl: publicUrl,
    server: options.databaseUrl === undefined ? ONLY_SERVER : randomUUID(),
    busy: options.agentsBusy ?? (() => undefined),
    failed,
  });
  const courier = new Courier(db, vault, clock, failed);
  const webhooks = new Webhooks(db, conversation, vault, clock);
  const admin = new Admin(db, conversation, tools, clock);
  const lists = new Lists(db, clock);
  const apiKeys = new ApiKeys(db, conversation, clock);
  const groups = new GroupDesk(db, conversation);
  const activation = new Activation(conversation, publicUrl);
  const http = buildRoutes(
    conversation,
    { admin, lists, apiKeys, groups, activation, webhooks, clock },
    agents,
    options.logger,
  );
  const clockWatch = new ClockWatch(clock);
  const stopSweeping = startSweeping(clock, async () => {
    await tellJump(clockWatch.jumpMs(), conversation, options.logger);
    await admin.sweep();
  });
  return {
    http,
    admin,
    lists,
    apiKeys,
    agents,
    groups,
    webhooks,
    courier,
    signingKeyId: vault.signingKeyId,
    async start() {
      await ensureWhole(db);
      courier.start();
      await calls?.start();
    },
    async close() {
      stopSweeping();
      await calls?.close();
      await courier.close();
      await agents.close();
      await Promise.all([conversation.close(), http.close()]);
      await db.destroy();
    },
  };
}

function wakeCalls(url: string, clock: ServerClock, conversation: Conversation): WakeCalls {
  const wake = (recipient?: string): void => conversation.wake(recipient);
  return new WakeCalls(url, clock, wake, wake);
}

/** In the log, and in the audit log, whose times go by that clock. */
async function tellJump(
  jumpMs: number,
  conversation: Conversation,
  logger: FastifyBaseLogger | undefined,
): Promise<void> {
  if (!jumpMs) return;
  const words = `This machine's clock was set ${jumpMs > 0 ? "ahead" : "back"} by ${Math.abs(jumpMs) / 1000} s`;
  logger?.warn(
    { code: "CLOCK_JUMPED", jumpMs },
    `${words}: tokens and leases end that much earlier or later; see that it is right.`,
  );
  await conversation.act((turn) => Promise.resolve(turn.audit(CLOCK, "clock set", { jumpMs })));
}
