// SPDX-License-Identifier: Apache-2.0
// The database file: write-ahead log, every commit on disk before it is answered.
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { SqliteDatabase, SqliteStatement, Transaction } from "kysely";
import type { Tables } from "./schema.js";
import { migrate } from "./schema.js";

export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;

const FILE = "lightline.sqlite";

export const databaseExists = (dataDir: string): boolean => existsSync(join(dataDir, FILE));

/** The file is made with mode 0600, and SQLite gives its log the same. */
export async function openDatabase(dataDir: string): Promise<Db> {
  const path = join(dataDir, FILE);
  closeSync(openSync(path, "a", 0o600));
  const file = new Database(path);
  file.pragma("journal_mode = WAL");
  file.pragma("synchronous = FULL");
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: prepareOnce(file) }) });
  await migrate(db);
  return db;
}

/** Each text of SQL is compiled once: there are some dozens, and they come again with every message. */
function prepareOnce(file: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(text) {
      // Commands work on the folder of a running server: a transaction that began by reading could not write after another's write.
      const sql = text === "begin" ? "begin immediate" : text;
      const known = statements.get(sql);
      if (known) return known;
      const statement = file.prepare(sql) as unknown as SqliteStatement;
      statements.set(sql, statement);
      return statement;
    },
    close: () => void file.close(),
  };
}
