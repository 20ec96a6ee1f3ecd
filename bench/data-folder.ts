// SPDX-License-Identifier: Apache-2.0
// The data folder of a server, which may run meanwhile: both work on one database.
import type { App } from "../server/app.js";
import { buildApp } from "../server/app.js";
import { databaseExists } from "../server/store/database.js";
import { UserError } from "./errors.js";
import { EXIT_SERVER, withServerErrors } from "./server-errors.js";

/** postgres://... when the factory's database is not a file; its keys lie in the data folder all the same. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined;

/** Nothing is made where nothing is: a folder misspelt is not a new factory. @throws UserError DATA_MISSING, and the server's */
export async function withDataFolder<Result>(dataDir: string, work: (app: App) => Promise<Result>): Promise<Result> {
  if (!databaseExists(dataDir, databaseUrl()))
    throw new UserError(
      "DATA_MISSING",
      `${dataDir} holds no factory server's data: name the folder of lightline serve with --data, or run that first.`,
      EXIT_SERVER,
    );
  return withServerErrors(async () => {
    const app = await buildApp({ dataDir, databaseUrl: databaseUrl() });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  });
}
