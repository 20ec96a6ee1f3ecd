// SPDX-License-Identifier: Apache-2.0
// What one of the operators' routes is: its schemas, the role that it takes, and how it is answered.
import { Type } from "@sinclair/typebox";
import type { TObject, TSchema } from "@sinclair/typebox";
import type { Admin } from "./admin.js";
import type { ApiKeys, Role } from "./api-keys.js";
import type { ServerClock } from "../clock.js";
import type { GroupDesk } from "./group-desk.js";
import type { Lists } from "./lists.js";
import { PAGE_LIMIT } from "./pages.js";
import type { Page } from "./pages.js";
import { DeviceId } from "./views.js";
import type { Webhooks } from "../webhooks/webhooks.js";

export interface OperatorTools {
  readonly admin: Admin;
  readonly lists: Lists;
  readonly apiKeys: ApiKeys;
  readonly groups: GroupDesk;
  readonly webhooks: Webhooks;
  readonly clock: ServerClock;
}

const DEFAULT_LIMIT = 50;

export const PageFields = {
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: DEFAULT_LIMIT }),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: "next, of the page before" })),
};
export const Since = { since: Type.Optional(Type.String({ format: "date-time" })) };
export const Product = { product: Type.Optional(Type.String({ maxLength: 200 })) };
export const UnitParams = Type.Object({ id: DeviceId });
export const Reason = {
  reason: Type.String({
    maxLength: 500,
    pattern: "^(?=.*\\S)[^\\x00-\\x1f\\x7f]*$",
    description: "one line, for the audit log",
  }),
};

/** A field that is not known is refused, in a query or a body. */
export const exactly = (fields: { [name: string]: TSchema }): TObject =>
  Type.Object(fields, { additionalProperties: false });

export const pageOf = (name: string, row: TSchema): TObject =>
  Type.Object({ [name]: Type.Array(row), next: Type.Union([Type.String(), Type.Null()]) });

/** What has come through a route's schemas. */
export interface Asked {
  readonly id: string;
  readonly page: { readonly limit: number; readonly cursor?: string };
  readonly filter: {
    readonly state?: string;
    readonly product?: string;
    readonly chain?: string;
    readonly sinceMs?: number;
  };
  readonly reason: string;
  /** All of it. */
  readonly body: { readonly [field: string]: unknown };
  /** For the audit log. */
  readonly by: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly role: Role;
  readonly params?: TObject;
  readonly querystring?: TObject;
  readonly body?: TObject;
  readonly response: TObject;
  readonly answer: (tools: OperatorTools, asked: Asked) => Promise<object>;
}

export const named = async (name: string, list: Promise<Page<unknown>>): Promise<object> => {
  const { rows, next } = await list;
  return { [name]: rows, next };
};
