// SPDX-License-Identifier: Apache-2.0
// The database file: write-ahead log, every commit on disk before it is answered.
import { accessSync, chmodSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { Transaction } from "kysely";
import { ServerError } from "../errors.js";
import type { Tables } from "./schema.js";
import { migrate } from "./schema.js";

export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;

/** Makes the folder (0700) and the file (0600). @throws ServerError DATA_NOT_WRITABLE */
export async function openDatabase(dataDir: string): Promise<Db> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK);
    const path = join(dataDir, "lightline.sqlite");
    const file = new Database(path);
    chmodSync(path, 0o600);
    file.pragma("journal_mode = WAL");
    file.pragma("synchronous = FULL");
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) });
    await migrate(db);
    return db;
  } catch (error) {
    throw new ServerError(
      "DATA_NOT_WRITABLE",
      `The data folder ${dataDir} cannot be used (${(error as Error).message}): name another with --data, or make it writable.`,
    );
  }
}
