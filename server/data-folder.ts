// SPDX-License-Identifier: Apache-2.0
// The data folder: the keys, and the database that cannot be read without them, unless that is elsewhere.
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ServerError } from "./errors.js";
import { KeyFolder } from "./keys/key-folder.js";
import { ensureKeys, keyNames } from "./keys/keys.js";
import { openDatabase } from "./store/database.js";
import type { Db } from "./store/database.js";
import { Vault } from "./keys/vault.js";

export interface DataFolder {
  readonly db: Db;
  readonly vault: Vault;
}

/**
 * Opens the folder, or makes it: mode 0700, files 0600.
 * @throws ServerError DATA_NOT_WRITABLE, DATABASE_UNUSABLE, KEYS_MISSING, KEYS_EXPOSED
 */
export async function openDataFolder(
  dataDir: string,
  random: (bytes: number) => Uint8Array,
  at: number,
  databaseUrl?: string,
): Promise<DataFolder> {
  try {
    makeFolder(resolve(dataDir));
    accessSync(dataDir, constants.W_OK);
    const folder = new KeyFolder(dataDir);
    folder.ensurePrivate();
    const db = await openDatabase(dataDir, databaseUrl);
    try {
      return { db, vault: await openVault(db, folder, random, at) };
    } catch (error) {
      await db.destroy();
      throw error;
    }
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw new ServerError(
      "DATA_NOT_WRITABLE",
      `The data folder ${dataDir} cannot be used (${(error as Error).message}): name another with --data, or make it writable.`,
    );
  }
}

async function openVault(db: Db, folder: KeyFolder, random: (bytes: number) => Uint8Array, at: number): Promise<Vault> {
  const vault = new Vault(folder);
  await ensureKeys(db, vault, random, at);
  vault.load(await keyNames(db));
  return vault;
}

/** Step by step: where nothing can be made, as in /proc, Node's recursive mkdir never returns. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}
