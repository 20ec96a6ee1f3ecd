// SPDX-License-Identifier: Apache-2.0
// What a route of the operators' is: its schemas, who may take it, and what it answers.
import { Type } from "@sinclair/typebox";
import type { TObject, TSchema } from "@sinclair/typebox";
import type { Admin } from "./admin.js";
import type { ApiKeys, Role } from "./api-keys.js";
import type { ServerClock } from "./clock.js";
import type { Lists } from "./lists.js";
import { PAGE_LIMIT } from "./pages.js";
import type { Page } from "./pages.js";
import type { Webhooks } from "./webhooks/webhooks.js";

export interface OperatorTools {
  readonly admin: Admin;
  readonly lists: Lists;
  readonly apiKeys: ApiKeys;
  readonly webhooks: Webhooks;
  readonly clock: ServerClock;
}

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
  readonly body: unknown;
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

const DEFAULT_LIMIT = 50;

export const PageFields = {
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: DEFAULT_LIMIT }),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: "next, of the page before" })),
};

export const query = (fields: { [name: string]: TSchema }): TObject =>
  Type.Object(fields, { additionalProperties: false });

export const pageOf = (name: string, row: TSchema): TObject =>
  Type.Object({ [name]: Type.Array(row), next: Type.Union([Type.String(), Type.Null()]) });

export async function named(name: string, list: Promise<Page<unknown>>): Promise<object> {
  const { rows, next } = await list;
  return { [name]: rows, next };
}
