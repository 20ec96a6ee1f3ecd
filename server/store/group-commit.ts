// SPDX-License-Identifier: Apache-2.0
// Turns that come at once share a transaction: a commit waits for the disk, and one wait serves them all.
//
// Each turn has a savepoint of its own, so one that fails takes nothing of the others' with it; and none is answered before the commit
// that holds it is on disk. A turn that comes while others run is in the next group.
import { sql } from "kysely";
import type { ServerClock } from "../clock.js";
import type { Db, Trx } from "./database.js";
import { storedNow } from "./now.js";

/** How long the first of a group waits for its answer is bounded by this. */
const GROUP_LIMIT = 32;
/** Rounds of the event loop that bring no more. A connection takes two, one to be accepted in and one to be read. */
const QUIET_ROUNDS = 2;

/** `now` is one for the group, in milliseconds since 1970. */
export type Work<Result> = (trx: Trx, now: number) => Promise<Result>;

interface Waiting {
  readonly work: Work<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  private waiting: Waiting[] = [];
  private running = false;

  constructor(
    private readonly db: Db,
    private readonly clock: ServerClock,
  ) {}

  /** Resolves when the work is on disk; rejects with what it threw, or with what the database said, and nothing of it is kept. */
  run<Result>(work: Work<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve: resolve as (result: unknown) => void, reject });
      if (!this.running) void this.runAll();
    });
  }

  private async runAll(): Promise<void> {
    this.running = true;
    while (this.waiting.length) {
      await this.gather();
      await this.commit(this.waiting.splice(0, GROUP_LIMIT));
    }
    this.running = false;
  }

  /** Node accepts one connection a round, and a device opens one for each message: so it takes rounds for a group to come together. */
  private async gather(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_ROUNDS;) {
      const before = this.waiting.length;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.waiting.length > before && before < GROUP_LIMIT ? 0 : quiet + 1;
    }
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const settle = await this.db.transaction().execute(async (trx) => {
        const now = await storedNow(trx, this.clock);
        if (group.length === 1) return [await alone(trx, now, group[0] as Waiting)];
        const outcomes = [];
        for (const turn of group) outcomes.push(await apart(trx, now, turn));
        return outcomes;
      });
      for (const tell of settle) tell();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

async function alone(trx: Trx, now: number, { work, resolve }: Waiting): Promise<() => void> {
  const result = await work(trx, now);
  return () => resolve(result);
}

/** Throws only when the transaction itself is over. */
async function apart(trx: Trx, now: number, { work, resolve, reject }: Waiting): Promise<() => void> {
  await sql`savepoint turn`.execute(trx);
  try {
    const result = await work(trx, now);
    await sql`release savepoint turn`.execute(trx);
    return () => resolve(result);
  } catch (error) {
    await undo(trx, error);
    return () => reject(error);
  }
}

/** A full disk, or a connection that broke, ended the whole transaction: the first error is the one that tells. */
async function undo(trx: Trx, error: unknown): Promise<void> {
  try {
    await sql`rollback to savepoint turn`.execute(trx);
    await sql`release savepoint turn`.execute(trx);
  } catch {
    throw error;
  }
}
