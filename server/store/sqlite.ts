// SPDX-License-Identifier: Apache-2.0
// The database as one file: write-ahead log, every commit on disk before it is answered.
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SqliteDialect } from "kysely";
import type { Dialect, SqliteDatabase, SqliteStatement } from "kysely";

const FILE = "lightline.sqlite";

export const sqliteExists = (dataDir: string): boolean => existsSync(join(dataDir, FILE));

/** The file is made with mode 0600, and SQLite gives its log the same. */
export function sqliteDialect(dataDir: string): Dialect {
  const path = join(dataDir, FILE);
  closeSync(openSync(path, "a", 0o600));
  const file = new Database(path);
  file.pragma("journal_mode = WAL");
  file.pragma("synchronous = FULL");
  return new SqliteDialect({ database: prepareOnce(file) });
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
      const statement = sql === "rollback" ? rollback(file) : (file.prepare(sql) as unknown as SqliteStatement);
      statements.set(sql, statement);
      return statement;
    },
    close: () => void file.close(),
  };
}

/** SQLite itself rolls back when the disk is full: rolling back once more would throw, and hide why. */
function rollback(file: Database.Database): SqliteStatement {
  const statement = file.prepare("rollback");
  const nothing = { changes: 0, lastInsertRowid: 0 };
  return {
    reader: false,
    run: () => (file.inTransaction ? statement.run() : nothing),
    all: () => [],
    iterate: () => [][Symbol.iterator](),
  };
}
