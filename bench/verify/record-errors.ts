// SPDX-License-Identifier: Apache-2.0
// Why a record proves nothing.
import { UserError } from "../errors.js";

const EXIT_UNPROVED = 1;

export const malformed = (fault: string): UserError =>
  new UserError(
    "RECORD_MALFORMED",
    `This is no blessing record, ${fault}: take it as the unit or the server gave it, unchanged.`,
    EXIT_UNPROVED,
  );

export const otherKey = (claimed: string, ids: readonly string[]): UserError =>
  new UserError(
    "RECORD_OTHER_KEY",
    `The record names the signing key ${claimed}, and you gave ${ids.join(", ")}: ask its factory for the public key ${claimed}.`,
    EXIT_UNPROVED,
  );

export const forged = (id: string): UserError =>
  new UserError(
    "RECORD_FORGED",
    `The signature is not key ${id}'s over this record: it was changed or never issued, so do not trust the unit.`,
    EXIT_UNPROVED,
  );
