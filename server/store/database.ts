// SPDX-License-Identifier: Apache-2.0
// The database: a file in the data folder, or PostgreSQL where a URL says so.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Kysely, sql, SqliteAdapter } from "kysely";
import type { Transaction } from "kysely";
import { ServerError } from "../errors.js";
import { isPostgresUrl, postgresDialect } from "./postgres.js";
import type { Tables } from "./schema.js";
import { migrate } from "./schema.js";
import { sqliteDialect, sqliteExists } from "./sqlite.js";
import { damaged, storageFault } from "./storage-fault.js";

export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;

/** Where a server has been at work: its database, or the keys of one that is elsewhere. */
export const databaseExists = (dataDir: string, url?: string): boolean =>
  url === undefined ? sqliteExists(dataDir) : existsSync(join(dataDir, "keys"));

/** @throws ServerError DATABASE_UNUSABLE, DATABASE_NEWER, and what storageFault knows */
export async function openDatabase(dataDir: string, url?: string): Promise<Db> {
  if (url === undefined) return openFile(dataDir);
  if (!isPostgresUrl(url))
    throw new ServerError("DATABASE_UNUSABLE", "DATABASE_URL begins with postgres://, or is not set for SQLite.");
  try {
    return await openMigrated(new Kysely<Tables>({ dialect: postgresDialect(url) }), "postgres");
  } catch (error) {
    throw error instanceof ServerError ? error : unusable(error);
  }
}

async function openFile(dataDir: string): Promise<Db> {
  try {
    return await openMigrated(new Kysely<Tables>({ dialect: sqliteDialect(dataDir) }), "sqlite");
  } catch (error) {
    throw storageFault(error) ?? error;
  }
}

/** Reads all of a file, at some 100 MB a second; PostgreSQL looks after itself. @throws ServerError DATABASE_DAMAGED */
export async function ensureWhole(db: Db): Promise<void> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return;
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(db);
  const found = String(rows[0]?.quick_check);
  if (found !== "ok") throw damaged(found);
}

async function openMigrated(db: Db, dialect: "sqlite" | "postgres"): Promise<Db> {
  try {
    await migrate(db, dialect);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** The URL may hold a password, so it is not repeated. An address that refuses has no message but those of its parts. */
function unusable(error: unknown): ServerError {
  const { message, errors } = error as Error & { errors?: readonly Error[] };
  return new ServerError(
    "DATABASE_UNUSABLE",
    `The database that DATABASE_URL names cannot be used (${message || errors?.[0]?.message}): see that it runs and that its name and user are right.`,
  );
}
