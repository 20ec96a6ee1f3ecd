// SPDX-License-Identifier: Apache-2.0
// The database: a file in the data folder, or PostgreSQL where a URL says so.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Kysely } from "kysely";
import type { Transaction } from "kysely";
import { ServerError } from "../errors.js";
import { isPostgresUrl, postgresDialect } from "./postgres.js";
import type { Tables } from "./schema.js";
import { migrate } from "./schema.js";
import { sqliteDialect, sqliteExists } from "./sqlite.js";

export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;

/** Where a server has been at work: its database, or the keys of one that is elsewhere. */
export const databaseExists = (dataDir: string, url?: string): boolean =>
  url === undefined ? sqliteExists(dataDir) : existsSync(join(dataDir, "keys"));

/** @throws ServerError DATABASE_UNUSABLE */
export async function openDatabase(dataDir: string, url?: string): Promise<Db> {
  if (url === undefined) return openMigrated(new Kysely<Tables>({ dialect: sqliteDialect(dataDir) }), "sqlite");
  if (!isPostgresUrl(url))
    throw new ServerError("DATABASE_UNUSABLE", "DATABASE_URL begins with postgres://, or is not set for SQLite.");
  try {
    return await openMigrated(new Kysely<Tables>({ dialect: postgresDialect(url) }), "postgres");
  } catch (error) {
    throw unusable(error);
  }
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
