// SPDX-License-Identifier: Apache-2.0
// Carries our errors through rollup, and makes one sentence of its own.
import type { RollupLog } from "rollup";
import { UserError } from "../errors.js";
import { shownPath } from "./schema.js";

/** Rollup writes its own code into an error that a plugin throws, so ours travels as the cause. */
export function inPlugin<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error((error as Error).message, { cause: error });
  }
}

/** Gives back the UserError behind rollup's error, or makes one of what a source did wrong. */
export function rethrow(error: RollupLog & Error): never {
  if (error.cause instanceof UserError) throw error.cause;
  throw error.loc?.file ? new UserError("BUILD_FAILED", sourceError(error)) : error;
}

/** "file:line: what", or what alone. */
export function sourceError({ loc, message }: RollupLog): string {
  const what = message.replace(/^\[plugin .*(?=TS\d+:)/, "");
  return loc?.file ? `${shownPath(loc.file)}:${loc.line}: ${what}` : what;
}
