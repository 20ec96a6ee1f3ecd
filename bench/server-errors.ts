// SPDX-License-Identifier: Apache-2.0
// The server's errors as the commands show them.
import { ServerError } from "../server/errors.js";
import { UserError } from "./errors.js";

export const EXIT_SERVER = 3;

/** Runs something of the server's; what goes wrong there is the user's to mend. */
export async function withServerErrors<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ServerError ? new UserError(error.code, error.message, EXIT_SERVER) : error;
  }
}
