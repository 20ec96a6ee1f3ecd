// SPDX-License-Identifier: Apache-2.0
// The audit log: append-only, one hash chain a device, never a secret.
import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import { sha256 } from "../crypto.js";
import type { Db, Trx } from "../store/database.js";
import type { Tables } from "../store/schema.js";

/** The chain of what no one proved to have sent. */
export const STRANGERS = "strangers";
const PIECE_ROWS = 1000;
const STRANGER_LINES = 100;
const STRANGER_WINDOW_MS = 60_000;

/** What is to be said of a device, before it has its place in the chain. */
export interface AuditLine {
  readonly deviceId: string;
  readonly event: string;
  readonly detail: object;
}

/** In their order; each chain goes on from its last row. */
export async function appendAudit(trx: Trx, at: number, lines: readonly AuditLine[]): Promise<void> {
  const heads = new Map<string, string>();
  const rows = [];
  for (const { deviceId, event, detail } of lines) {
    const previous = heads.get(deviceId) ?? (await headOf(trx, deviceId));
    const row = { device_id: deviceId, at, event, detail: JSON.stringify(detail), previous };
    const hash = hashOf(row);
    heads.set(deviceId, hash);
    rows.push({ ...row, hash });
  }
  if (rows.length) await trx.insertInto("audit").values(rows).execute();
}

async function headOf(trx: Trx, deviceId: string): Promise<string> {
  const last = await trx
    .selectFrom("audit")
    .select("hash")
    .where("device_id", "=", deviceId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return last?.hash ?? "";
}

export interface BrokenRow {
  readonly id: number;
  readonly chain: string;
  readonly event: string;
}

export interface LogReading {
  readonly broken: readonly BrokenRow[];
  readonly rows: number;
  /** Id of the last row, -1 when there is none. */
  readonly through: number;
  /** SHA-256 over the rows' hashes, one after another, as hex. */
  readonly digest: string;
}

/** The log as far as row `limit`, in pieces; a broken row does not follow from the one before in its chain. */
export async function readLog(db: Db, limit = Infinity): Promise<LogReading> {
  const last = new Map<string, string>();
  const broken: BrokenRow[] = [];
  const digest = createHash("sha256");
  let through = -1;
  let rows = 0;
  for await (const { id, ...row } of logRows(db)) {
    if (id > limit) break;
    const follows = row.previous === (last.get(row.device_id) ?? "") && row.hash === hashOf(row);
    if (!follows) broken.push({ id, chain: row.device_id, event: row.event });
    last.set(row.device_id, row.hash);
    digest.update(row.hash);
    through = id;
    rows++;
  }
  return { broken, rows, through, digest: digest.digest("hex") };
}

async function* logRows(db: Db): AsyncGenerator<Selectable<Tables["audit"]>> {
  for (let after = -1, more = true; more;) {
    const query = db.selectFrom("audit").selectAll().where("id", ">", after).orderBy("id").limit(PIECE_ROWS);
    const rows = await query.execute();
    yield* rows;
    after = rows.at(-1)?.id ?? after;
    more = rows.length === PIECE_ROWS;
  }
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
