// SPDX-License-Identifier: Apache-2.0
// The data folder: the database, and beside it the keys without which it cannot be read.
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Vault } from "./crypto.js";
import { ServerError } from "./errors.js";
import { databaseExists, openDatabase } from "./store/database.js";
import type { Db } from "./store/database.js";

export interface DataFolder {
  readonly db: Db;
  readonly vault: Vault;
}

/**
 * Opens the folder, or makes it: mode 0700, files 0600.
 * @throws ServerError DATA_NOT_WRITABLE, KEYS_MISSING
 */
export async function openDataFolder(dataDir: string, random: (bytes: number) => Uint8Array): Promise<DataFolder> {
  try {
    makeFolder(resolve(dataDir));
    accessSync(dataDir, constants.W_OK);
    const vault = new Vault(dataDir, random, !databaseExists(dataDir));
    return { vault, db: await openDatabase(dataDir) };
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw new ServerError(
      "DATA_NOT_WRITABLE",
      `The data folder ${dataDir} cannot be used (${(error as Error).message}): name another with --data, or make it writable.`,
    );
  }
}

/** Step by step: where nothing can be made, as in /proc, Node's recursive mkdir never returns. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}
