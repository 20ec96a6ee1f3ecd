// SPDX-License-Identifier: Apache-2.0
// What a user did wrong, in one sentence that says what to do; each code has an anchor in docs/ERRORS.md.

export class UserError extends Error {
  override readonly name = "UserError";

  constructor(
    readonly code: string,
    message: string,
    readonly exitCode = 2,
  ) {
    super(message);
  }
}

/** By its name: a command that was loaded on its own may bring a class of its own. */
export const isUserError = (error: unknown): error is UserError => error instanceof Error && error.name === "UserError";
