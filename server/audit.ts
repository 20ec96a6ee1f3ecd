// SPDX-License-Identifier: Apache-2.0
// The audit log: append-only, one hash chain a device, never a secret.
import { sha256 } from "./crypto.js";
import type { Db, Trx } from "./store/database.js";

/** The chain of what no one proved to have sent. */
export const STRANGERS = "strangers";
const STRANGER_LINES = 100;
const STRANGER_WINDOW_MS = 60_000;

export async function audit(trx: Trx, at: number, deviceId: string, event: string, detail: object = {}): Promise<void> {
  const last = await trx
    .selectFrom("audit")
    .select("hash")
    .where("device_id", "=", deviceId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const row = { device_id: deviceId, at, event, detail: JSON.stringify(detail), previous: last?.hash ?? "" };
  await trx
    .insertInto("audit")
    .values({ ...row, hash: hashOf(row) })
    .execute();
}

/** Ids of the rows that do not follow from the one before. */
export async function verifyAudit(db: Db): Promise<number[]> {
  const rows = await db.selectFrom("audit").selectAll().orderBy("id").execute();
  const last = new Map<string, string>();
  const broken: number[] = [];
  for (const row of rows) {
    if (row.previous !== (last.get(row.device_id) ?? "") || row.hash !== hashOf(row)) broken.push(row.id);
    last.set(row.device_id, row.hash);
  }
  return broken;
}

function hashOf(row: { device_id: string; at: number; event: string; detail: string; previous: string }): string {
  return sha256(JSON.stringify([row.previous, row.device_id, row.at, row.event, row.detail]));
}

/** Strangers may send what they like, so the log takes some lines a minute of theirs, and counts the rest. */
export class StrangerGate {
  private windowEnd = 0;
  private lines = 0;

  /** Lines left out since the last one that got in, or undefined when this one is left out too. */
  admit(now: number): number | undefined {
    const before = this.lines - STRANGER_LINES;
    if (now < this.windowEnd) return ++this.lines > STRANGER_LINES ? undefined : 0;
    this.windowEnd = now + STRANGER_WINDOW_MS;
    this.lines = 1;
    return Math.max(0, before);
  }
}
