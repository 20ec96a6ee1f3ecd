// SPDX-License-Identifier: Apache-2.0
// Takes what is in the outbox to its webhooks: in the background, again and again until it is taken or given up.
//
// A message is claimed for a while in a transaction of its own and sent outside of any, so several servers on one database do not send
// it at once, a slow target holds up nothing but itself, and what a server had in hand when it died another one takes up.
import type { ServerClock } from "../clock.js";
import type { Db } from "../store/database.js";
import type { Vault } from "../keys/vault.js";
import type { Outcome } from "./post.js";
import { isDelivered, post } from "./post.js";
import { signedHeaders } from "./signature.js";

export const TIMEOUT_MS = 10_000;
export const TIMEOUT_TEXT = "no answer within 10 s";
const STOPPED_TEXT = "the server stopped meanwhile";
const LEASE_MS = 60_000;
/** How often it is looked for what has come due. */
const LOOK_MS = 5_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 6 * 3600 * 1000;
/** Over some two days. */
export const ATTEMPTS = 20;
const AT_ONCE = 32;
/** What a slow target can take of those. */
const AT_ONCE_A_WEBHOOK = 4;
/** What has come to its end is forgotten then. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const TIDY_MS = 3600 * 1000;

interface Claimed {
  readonly id: number;
  readonly webhook: number;
  readonly message: string;
  readonly body: string;
  readonly url: string;
  readonly allow_private: number;
  readonly secret: Buffer;
  /** This one counted. */
  readonly attempts: number;
}

/** Twice as long each time, and anything down to half of it, so that many do not come back at once. */
export const retryMs = (attempts: number, chance: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS) * (0.5 + chance / 2);

export class Courier {
  private readonly underWay = new Set<Claimed>();
  private readonly stop = new AbortController();
  private round: Promise<void> | undefined;
  private started = false;
  private again = false;
  private tidyAt = 0;
  private cancel = (): void => undefined;

  constructor(
    private readonly db: Db,
    private readonly vault: Vault,
    private readonly clock: ServerClock,
    private readonly report: (error: unknown) => void,
  ) {}

  start(): void {
    if (this.stop.signal.aborted) return;
    this.started = true;
    this.wake();
    this.cancel = this.clock.after(LOOK_MS, () => this.start());
  }

  /** Something was queued, or has come due. A command only queues: the server that runs delivers. */
  wake(): void {
    if (!this.started) return;
    this.again = true;
    this.round ??= this.rounds()
      .catch(this.report)
      .finally(() => {
        this.round = undefined;
        if (this.again) this.wake();
      });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.round ?? this.underWay.size) await (this.round ?? new Promise((resolve) => setImmediate(resolve)));
  }

  async close(): Promise<void> {
    this.cancel();
    this.stop.abort(STOPPED_TEXT);
    await this.idle();
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stop.signal.aborted) {
      this.again = false;
      if (this.clock.now() >= this.tidyAt) await this.tidy();
      if (!(await this.due(this.db).limit(1).execute()).length) continue;
      const claimed = await this.claim();
      this.again ||= claimed.length > 0;
      for (const delivery of claimed) void this.deliver(delivery).finally(() => this.wake());
    }
    this.again = false;
  }

  private due(db: Db) {
    const now = this.clock.now();
    const counts = new Map<number, number>();
    for (const { webhook } of this.underWay) counts.set(webhook, (counts.get(webhook) ?? 0) + 1);
    const busy = [...counts].filter(([, count]) => count >= AT_ONCE_A_WEBHOOK).map(([webhook]) => webhook);
    const query = db
      .selectFrom("deliveries")
      .innerJoin("webhooks", "webhooks.id", "deliveries.webhook")
      .select(["deliveries.id", "webhook", "message", "body", "attempts", "url", "allow_private", "secret"])
      .where("state", "=", "waiting")
      .where("next_at", "<=", now)
      .where("lease_until", "<=", now)
      .orderBy("next_at")
      .orderBy("deliveries.id");
    return busy.length ? query.where("webhook", "not in", busy) : query;
  }

  private async claim(): Promise<Claimed[]> {
    const free = AT_ONCE - this.underWay.size;
    if (free <= 0) return [];
    const claimed = await this.db.transaction().execute(async (trx) => {
      const counts = new Map<number, number>();
      const rows = (await this.due(trx).limit(free).execute()).filter(({ webhook }) => {
        counts.set(webhook, (counts.get(webhook) ?? 0) + 1);
        return (counts.get(webhook) as number) <= AT_ONCE_A_WEBHOOK;
      });
      const lease_until = this.clock.now() + LEASE_MS;
      for (const { id } of rows)
        await trx
          .updateTable("deliveries")
          .set((eb) => ({ lease_until, attempts: eb("attempts", "+", 1) }))
          .where("id", "=", id)
          .execute();
      return rows.map((row) => ({ ...row, attempts: row.attempts + 1 }));
    });
    for (const delivery of claimed) this.underWay.add(delivery);
    return claimed;
  }

  private async deliver(delivery: Claimed): Promise<void> {
    try {
      const outcome = await this.send(delivery);
      await this.note(delivery, outcome);
    } catch (error) {
      // Its lease ends, and it is sent once more.
      this.report(error);
    } finally {
      this.underWay.delete(delivery);
    }
  }

  private async send({ url, allow_private, secret, message, body }: Claimed): Promise<Outcome> {
    const deadline = new AbortController();
    const end = (): void => deadline.abort(this.stop.signal.aborted ? STOPPED_TEXT : TIMEOUT_TEXT);
    const cancel = this.clock.after(TIMEOUT_MS, end);
    this.stop.signal.addEventListener("abort", end);
    if (this.stop.signal.aborted) end();
    const headers = signedHeaders(this.vault.open(secret), { id: message, atMs: this.clock.now(), body });
    try {
      return await post({ url, allowPrivate: allow_private === 1, headers, body, signal: deadline.signal });
    } finally {
      cancel();
      this.stop.signal.removeEventListener("abort", end);
    }
  }

  /** Only while the claim stands: who came later has the word. */
  private async note({ id, attempts }: Claimed, outcome: Outcome): Promise<void> {
    const now = this.clock.now();
    const isOver = attempts >= ATTEMPTS;
    const state = isDelivered(outcome) ? "delivered" : isOver ? "failed" : "waiting";
    const wait = outcome.answer === STOPPED_TEXT ? 0 : retryMs(attempts, Math.random());
    await this.db
      .updateTable("deliveries")
      .set({ ...outcome, state, tried_at: now, lease_until: 0, next_at: Math.round(now + wait) })
      .where("id", "=", id)
      .where("attempts", "=", attempts)
      .where("state", "=", "waiting")
      .execute();
  }

  private async tidy(): Promise<void> {
    const now = this.clock.now();
    this.tidyAt = now + TIDY_MS;
    await this.db
      .deleteFrom("deliveries")
      .where("state", "!=", "waiting")
      .where("next_at", "<", now - KEPT_MS)
      .execute();
  }
}
