// SPDX-License-Identifier: Apache-2.0
// What cannot be taken back is asked for twice.
import { UserError } from "./errors.js";

/** @throws UserError NOT_CONFIRMED; `consequence` is a sentence without its full stop. */
export function ensureConfirmed(yes: boolean | undefined, consequence: string): void {
  if (!yes) throw new UserError("NOT_CONFIRMED", `${consequence}: say --yes when you mean it.`);
}
