// SPDX-License-Identifier: Apache-2.0
// Carries our errors through rollup, and makes one sentence of its own.
import type { RollupLog } from "rollup";
import { UserError } from "../errors.js";
import { shownPath } from "./schema.js";

interface Carrier extends Error {
  userError?: unknown;
}

/** Rollup writes its own code and prefix into an error that a plugin throws, so ours travels inside. */
export function inPlugin<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const carrier: Carrier = new Error(error.message);
    carrier.userError = error;
    carrier.stack = ""; // a source's fault, not the build's
    throw carrier;
  }
}

/** Gives back the UserError behind rollup's error, or makes one of what a source did wrong. */
export function rethrow(error: RollupLog & Carrier): never {
  if (error.userError) throw error.userError;
  throw error.loc?.file ? new UserError("BUILD_FAILED", sourceError(error)) : error;
}

/** "file:line: what", or what alone. */
export function sourceError({ loc, message }: RollupLog): string {
  const what = message.replace(/^\[plugin .*(?=TS\d+:)/, "");
  return loc?.file ? `${shownPath(loc.file)}:${loc.line}: ${what}` : what;
}
