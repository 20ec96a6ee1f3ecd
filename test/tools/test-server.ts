// SPDX-License-Identifier: Apache-2.0
// A factory server without a port, on a clock that a test turns.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Admin } from "../../server/operators/admin.js";
import type { App, AppOptions } from "../../server/app.js";
import { buildApp } from "../../server/app.js";
import type { ServerClock } from "../../server/clock.js";
import type { UnitChange } from "../../server/conversation/turn.js";
import type { ProductConfig } from "../../server/schemas.js";
import type { TestDatabase } from "./test-database.js";
import { isAsking, makeDatabase } from "./test-database.js";

export const PRODUCT: ProductConfig = {
  name: "probe",
  serialFormat: "PR-####",
  measurements: [
    { phase: "supply", name: "supply", unit: "V", min: 3, max: 3.6 },
    { phase: "sensor", name: "temperature", unit: "C", min: 10, max: 40 },
  ],
  leaseS: 900,
  tokenS: 180,
};

export class TestClock implements ServerClock {
  private time = Date.UTC(2026, 0, 1);
  private setMs = 0;
  private readonly timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time + this.setMs;
  }

  steady(): number {
    return this.time;
  }

  /** Somebody sets the clock: nothing comes due by that alone. */
  jump(ms: number): void {
    this.setMs += ms;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      const index = this.timers.indexOf(timer);
      if (index >= 0) this.timers.splice(index, 1);
    };
  }

  /** Runs what comes due on the way, each at its time, and lets what it started settle. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let next = this.earliest(end); next; next = this.earliest(end)) {
      this.timers.splice(this.timers.indexOf(next), 1);
      this.time = next.at;
      next.run();
      await settle();
    }
    this.time = end;
    await settle();
  }

  private earliest(end: number) {
    const due = this.timers.filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** A turn takes some rounds of the event loop to join a group, and what it starts may take turns of its own. */
const QUIET_ROUNDS = 60;

/** Long enough for every request that is under way to reach its answer, or its wait. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_ROUNDS; quiet = isAsking() ? 0 : quiet + 1)
    await new Promise((resolve) => setImmediate(resolve));
}

interface TestOptions extends Pick<AppOptions, "veto" | "random"> {
  /** Goes by the database's clock instead of the test's. */
  readonly byDatabase?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly bytes: Uint8Array;
}

export class TestServer {
  readonly clock = new TestClock();
  readonly changes: UnitChange[] = [];
  /** Polls that the server holds now. */
  parked = 0;
  /** Agents at work. */
  private busy = 0;
  private rested: (() => void)[] = [];
  /** Called before each message goes out. */
  beforeMessage: (() => Promise<void>) | undefined;
  readonly dataDir = mkdtempSync(join(tmpdir(), "lightline-test-"));
  private app: App | undefined;
  private stored: TestDatabase | undefined;

  constructor(private readonly options: TestOptions = {}) {}

  /** One that has a database and has never started. */
  static async closed(options: TestOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    server.stored = await makeDatabase(server.dataDir);
    return server;
  }

  static async open(options: TestOptions = {}): Promise<TestServer> {
    const server = await TestServer.closed(options);
    await server.start();
    await server.admin.putProduct(PRODUCT);
    return server;
  }

  /** Another server on the database of this one, with the same keys and the same clock; only the first is to be closed. */
  static async beside(first: TestServer): Promise<TestServer> {
    const server = Object.create(first) as TestServer;
    server.app = undefined;
    await server.start();
    return server;
  }

  get admin(): Admin {
    return (this.app as App).admin;
  }

  get http(): App["http"] {
    return (this.app as App).http;
  }

  /** What is stored, past the server. */
  get database(): TestDatabase {
    return this.stored as TestDatabase;
  }

  get apiKeys(): App["apiKeys"] {
    return (this.app as App).apiKeys;
  }

  get groups(): App["groups"] {
    return (this.app as App).groups;
  }

  get lists(): App["lists"] {
    return (this.app as App).lists;
  }

  get webhooks(): App["webhooks"] {
    return (this.app as App).webhooks;
  }

  get courier(): App["courier"] {
    return (this.app as App).courier;
  }

  /** Takes a blessing back as an engineer does who keeps the production group's key. */
  async unbless(deviceId: string, reason: string): Promise<void> {
    const key = await this.groups.makeUnblessKey(await this.groups.find("production"), true);
    await this.admin.unbless(deviceId, reason, key);
  }

  get signingKeyId(): string {
    return (this.app as App).signingKeyId;
  }

  /** Webhooks are told what waits for them unless said otherwise. */
  async start({ deliver = true } = {}): Promise<void> {
    const { byDatabase, ...options } = this.options;
    this.app = await buildApp({
      ...options,
      dataDir: this.dataDir,
      databaseUrl: this.stored?.url,
      ...(byDatabase ? {} : { clock: this.clock }),
      parked: (delta) => (this.parked += delta),
      onUnitChange: (change) => this.changes.push(change),
      agentsBusy: (delta) => {
        this.busy += delta;
        if (!this.busy) for (const tell of this.rested.splice(0)) tell();
      },
    });
    if (deliver) await this.app.start();
  }

  get agents(): App["agents"] {
    return (this.app as App).agents;
  }

  /** Until no agent has anything to do. */
  async agentsRest(): Promise<void> {
    await settle();
    while (this.busy) {
      await new Promise<void>((resolve) => this.rested.push(resolve));
      await settle();
    }
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.stored?.discard();
    rmSync(this.dataDir, { recursive: true });
  }

  async post(type: number, bytes: Uint8Array): Promise<Reply> {
    await this.beforeMessage?.();
    const answer = await this.http.inject({
      method: "POST",
      url: `/v1/messages/${type}`,
      headers: { "content-type": "application/octet-stream" },
      payload: Buffer.from(bytes),
    });
    return { status: answer.statusCode, bytes: new Uint8Array(answer.rawPayload) };
  }

  /** Names of what the log holds of a device, oldest first. */
  async events(chain: string): Promise<string[]> {
    return (await this.admin.audit(chain)).map(({ event }) => event);
  }

  /** Why the latest stranger was turned away. */
  async lastStranger(): Promise<string> {
    const row = (await this.admin.audit("strangers")).at(-1);
    return row ? (JSON.parse(row.detail) as { why: string }).why : "";
  }
}
