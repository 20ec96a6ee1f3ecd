// SPDX-License-Identifier: Apache-2.0
// What one server queues for a device whose poll another holds: PostgreSQL tells them all, with the commit.
import { sql } from "kysely";
import pg from "pg";
import type { ServerClock } from "../clock.js";
import type { Trx } from "./database.js";

/** PostgreSQL's channels are a database's, and a factory's tables a schema's. */
const CHANNEL = "'lightline_' || md5(current_schema())";
const AGAIN_MS = 1000;

/** Heard by every server that listens, this one too, once the transaction is on disk. */
export async function callRecipients(trx: Trx, recipients: Iterable<string>): Promise<void> {
  await sql`select pg_notify(${sql.raw(CHANNEL)}, ${[...recipients].join()})`.execute(trx);
}

export class WakeCalls {
  private client: pg.Client | undefined;
  private closed = false;
  private cancel = (): void => undefined;

  /** `onGap` tells that calls may have been missed: until the connection stood, or stood again, nobody listened. */
  constructor(
    private readonly url: string,
    private readonly clock: ServerClock,
    private readonly onCall: (recipient: string) => void,
    private readonly onGap: () => void,
  ) {}

  /** Listens until it is closed, with another connection whenever one breaks; resolves when the first stands, or has failed. */
  async start(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, keepAlive: true });
    this.client = client;
    const again = (): void => {
      if (this.client !== client || this.closed) return;
      this.client = undefined;
      client.end().catch(() => undefined);
      this.cancel = this.clock.after(AGAIN_MS, () => void this.start());
    };
    client.on("error", again);
    client.on("end", again);
    client.on("notification", ({ payload = "" }) => payload.split(",").forEach(this.onCall));
    try {
      await client.connect();
      const { rows } = await client.query<{ channel: string }>(`select ${CHANNEL} as channel`);
      await client.query(`listen "${rows[0]?.channel}"`);
      this.onGap();
    } catch {
      again();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancel();
    await this.client?.end().catch(() => undefined);
  }
}
