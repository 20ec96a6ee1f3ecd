// SPDX-License-Identifier: Apache-2.0
// A server, its fixture and its units, the same for the same seed; and a look at everything that the server counts.
import { join } from "node:path";
import Database from "better-sqlite3";
import { Random } from "../../bench/line/random.js";
import type { AppOptions } from "../../server/app.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import type { Reply } from "../tools/test-server.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

/** So long that no token and no lease ends while a log's window is waited for. */
const FOR_EVER_S = 1e7;
/** What the log takes of strangers in one window, and less. */
const WINDOW_LINES = 90;
const WINDOW_MS = 60_001;

/** All but the log's line on strangers: an unproved message writes that, and nothing else. */
const COUNTED = [
  "select * from products",
  "select * from fixtures",
  "select * from tokens",
  "select * from units",
  "select * from runs",
  "select * from sessions",
  "select * from phases",
  "select * from measurements",
  "select * from grants",
  "select * from items",
  "select * from uplinks",
  "select * from answers",
  "select * from audit where device_id != 'strangers'",
];

export class World {
  readonly server: TestServer;
  readonly random: Random;
  private file: Database.Database | undefined;
  private queries: Database.Statement[] = [];
  private lastLine: Database.Statement | undefined;
  private posts = 0;

  private constructor(seed: number, options: Pick<AppOptions, "veto">) {
    this.random = new Random(seed);
    this.server = new TestServer({ ...options, random: (bytes) => this.random.bytes(bytes) });
  }

  static async open(seed: number, lasts = false): Promise<World> {
    const world = new World(seed, {});
    await world.server.start();
    await world.server.admin.putProduct(lasts ? { ...PRODUCT, leaseS: FOR_EVER_S, tokenS: FOR_EVER_S } : PRODUCT);
    world.file = new Database(join(world.server.dataDir, "lightline.sqlite"), { readonly: true });
    world.queries = COUNTED.map((text) => (world.file as Database.Database).prepare(text).raw());
    world.lastLine = world.file.prepare(
      "select id, detail from audit where device_id = 'strangers' order by id desc limit 1",
    );
    return world;
  }

  async close(): Promise<void> {
    this.file?.close();
    await this.server.close();
  }

  /** Untapped, whatever stands in the way of the peers. */
  post(type: number, bytes: Uint8Array): Promise<Reply> {
    return TestServer.prototype.post.call(this.server, type, bytes);
  }

  async addFixture(product = PRODUCT.name): Promise<TestFixture> {
    return TestFixture.add(this.server, product);
  }

  makeDevice(number: number): TestDevice {
    const device = TestDevice.make(this.server, number);
    device.entropy = (bytes) => this.random.bytes(bytes);
    return device;
  }

  /** Two of these are equal when nothing that counts has changed between them. */
  counted(): string {
    return JSON.stringify(this.queries.map((query) => query.all()));
  }

  /** The log's latest line on a stranger. */
  lastStranger(): { readonly id: number; readonly why: string } {
    const row = this.lastLine?.get() as { id: number; detail: string } | undefined;
    return row ? { id: row.id, why: (JSON.parse(row.detail) as { why: string }).why } : { id: 0, why: "" };
  }

  /** Before each message of a stranger: the log takes so many a minute, and each is to be found there. */
  async makeRoomInLog(): Promise<void> {
    if (this.posts++ % WINDOW_LINES === 0) await this.server.clock.advance(WINDOW_MS);
  }
}
