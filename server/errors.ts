// SPDX-License-Identifier: Apache-2.0
// What can go wrong for whoever runs the server: a stable code and one sentence that says what to do.

export type ServerErrorCode =
  | "DATA_NOT_WRITABLE"
  | "DATABASE_UNUSABLE"
  | "DATABASE_NEWER"
  | "DATABASE_FULL"
  | "DATABASE_LOCKED"
  | "DATABASE_DAMAGED"
  | "DATABASE_GONE"
  | "KEYS_MISSING"
  | "KEYS_EXPOSED"
  | "PORT_TAKEN"
  | "ADDRESS_UNUSABLE"
  | "PRODUCT_REJECTED"
  | "UNKNOWN_PRODUCT"
  | "UNKNOWN_FIXTURE"
  | "UNKNOWN_UNIT"
  | "FIXTURE_EXISTS"
  | "TOKEN_EXISTS"
  | "TOKEN_LENGTH"
  | "ITEM_TOO_LONG"
  | "UNIT_STATE"
  | "CURSOR_UNKNOWN"
  | "KEY_NAME"
  | "KEY_EXISTS"
  | "UNKNOWN_KEY"
  | "UNKNOWN_GROUP"
  | "GROUP_EXISTS"
  | "GROUP_NAME"
  | "GROUP_KIND"
  | "GROUP_TARGETS"
  | "GROUP_IN_USE"
  | "UNBLESS_KEY_EXISTS"
  | "UNBLESS_KEY_MISSING"
  | "UNBLESS_KEY_REFUSED"
  | "UNKNOWN_PLAN"
  | "UNKNOWN_SETUP_TOKEN"
  | "SETUP_TOKEN_EXPIRED"
  | "AUDIT_BROKEN"
  | "CHECKPOINT_REFUSED"
  | "WEBHOOK_URL"
  | "WEBHOOK_PRIVATE"
  | "UNKNOWN_WEBHOOK";

export class ServerError extends Error {
  override readonly name = "ServerError";

  constructor(
    readonly code: ServerErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

export async function unknownProduct(name: string, known: Promise<readonly { readonly name: string }[]>) {
  const names = (await known).map((row) => row.name).join(", ") || "none";
  return new ServerError("UNKNOWN_PRODUCT", `There is no product "${name}" on this server; it has ${names}.`);
}

export const unknownUnit = (deviceId: string): ServerError =>
  new ServerError("UNKNOWN_UNIT", `There is no unit ${deviceId}: look at the list of units for its device id.`);

export const unknownFixture = (id: string): ServerError =>
  new ServerError("UNKNOWN_FIXTURE", `There is no fixture ${id}: look at the list of fixtures for its id.`);
