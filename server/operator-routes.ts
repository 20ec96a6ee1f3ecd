// SPDX-License-Identifier: Apache-2.0
// What operators ask over HTTP, each with an API key: one table of routes, of which the published schemas are a print.
import { Type } from "@sinclair/typebox";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Role } from "./api-keys.js";
import { mayAs } from "./api-keys.js";
import type { ServerErrorCode } from "./errors.js";
import { ServerError } from "./errors.js";
import { FailureGate } from "./failure-gate.js";
import type { Asked, OperatorTools, Route } from "./route-table.js";
import { named, pageOf, PageFields, query } from "./route-table.js";
import { AuditEntry, DeviceId, GroupRow, RunRow, TokenRow, UnitCard, UnitRow, UnitState } from "./views.js";
import { WEBHOOK_ROUTES } from "./webhooks/routes.js";

const Since = { since: Type.Optional(Type.String({ format: "date-time" })) };
const Product = { product: Type.Optional(Type.String({ maxLength: 200 })) };
const UnitParams = Type.Object({ id: DeviceId });
const Reason = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 500, pattern: "\\S", description: "for the audit log" }) },
  { additionalProperties: false },
);

const decree = (name: "unbless" | "scrap", state: string): Route => ({
  method: "POST",
  url: `/v1/units/:id/${name}`,
  role: "engineer",
  params: UnitParams,
  body: Reason,
  response: Type.Object({ deviceId: DeviceId, state: Type.String() }),
  async answer({ admin }, { id, body, by }) {
    await admin[name](id, (body as { reason: string }).reason.trim(), by);
    return { deviceId: id, state };
  },
});

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/units",
    role: "viewer",
    querystring: query({ ...PageFields, ...Since, ...Product, state: Type.Optional(UnitState) }),
    response: pageOf("units", UnitRow),
    async answer({ admin, lists }, { filter, page }) {
      await admin.sweep();
      return named("units", lists.units(filter, page));
    },
  },
  {
    method: "GET",
    url: "/v1/units/:id",
    role: "viewer",
    params: UnitParams,
    response: Type.Object({ unit: UnitCard }),
    async answer({ admin, lists }, { id }) {
      await admin.sweep();
      return { unit: await lists.unit(id) };
    },
  },
  {
    method: "GET",
    url: "/v1/units/:id/runs",
    role: "viewer",
    params: UnitParams,
    querystring: query({ ...PageFields, ...Since }),
    response: pageOf("runs", RunRow),
    answer: ({ lists }, { id, filter, page }) => named("runs", lists.runs(id, filter, page)),
  },
  {
    method: "GET",
    url: "/v1/groups",
    role: "viewer",
    querystring: query(PageFields),
    response: pageOf("groups", GroupRow),
    answer: ({ lists }, { page }) => named("groups", lists.groups(page)),
  },
  {
    method: "GET",
    url: "/v1/tokens",
    role: "operator",
    querystring: query({ ...PageFields, ...Since, ...Product }),
    response: pageOf("tokens", TokenRow),
    answer: ({ lists }, { filter, page }) => named("tokens", lists.tokens(filter, page)),
  },
  {
    method: "GET",
    url: "/v1/audit",
    role: "operator",
    querystring: query({ ...PageFields, ...Since, chain: Type.Optional(Type.String({ maxLength: 64 })) }),
    response: pageOf("audit", AuditEntry),
    answer: ({ lists }, { filter, page }) => named("audit", lists.audit(filter, page)),
  },
  decree("unbless", "unblessed"),
  decree("scrap", "scrapped"),
  ...WEBHOOK_ROUTES,
];

export function operatorRoutes(http: FastifyInstance, tools: OperatorTools): void {
  const failures = new FailureGate();
  http.setErrorHandler<Error & { validation?: unknown; statusCode?: number }>((error, request, reply) => {
    const { status, code, message } = said(error);
    if (status === SERVER_FAULT) request.log.error(error);
    return reply.code(status).send({ code, message });
  });
  http.decorateRequest("by", "");
  // What is no data, JSON leaves out: the handlers.
  http.get("/v1/schemas", () => ({ routes: ROUTES }));
  for (const { method, url, role, answer, response, ...edges } of ROUTES)
    http.route({
      method,
      url,
      schema: { ...edges, response: { 200: response } },
      onRequest: async (request, reply) => {
        reply.header("cache-control", "no-store");
        request.setDecorator("by", await admit(request, reply, role, tools, failures));
      },
      handler: (request) => answer(tools, askedBy(request)),
    });
}

function askedBy(request: FastifyRequest): Asked {
  const { id = "" } = (request.params ?? {}) as { id?: string };
  const { limit, cursor, since, ...filter } = request.query as Asked["page"] & Asked["filter"] & { since?: string };
  return {
    ...{ id, body: request.body, by: request.getDecorator<string>("by") },
    page: cursor === undefined ? { limit } : { limit, cursor },
    filter: since === undefined ? filter : { ...filter, sinceMs: Date.parse(since) },
  };
}

/** Whose key it is, in words for the audit log. @throws Refused */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  needs: Role,
  { apiKeys, clock }: OperatorTools,
  failures: FailureGate,
): Promise<string> {
  const closedMs = failures.closedMs(request.ip, clock.now());
  if (closedMs) {
    reply.header("retry-after", Math.ceil(closedMs / 1000));
    throw new Refused(429, "TOO_MANY_FAILURES", "Too many keys of this address were refused: try again in a minute.");
  }
  const { authorization } = request.headers;
  const holder = authorization?.startsWith(BEARER) && (await apiKeys.holderOf(authorization.slice(BEARER.length)));
  if (!holder) {
    failures.failed(request.ip, clock.now());
    reply.header("www-authenticate", "Bearer");
    if (authorization !== undefined)
      throw new Refused(
        401,
        "KEY_REFUSED",
        "This API key does not count here: ask for one that lightline api-key made.",
      );
    throw new Refused(
      401,
      "KEY_REQUIRED",
      "Send an API key: Authorization: Bearer KEY; lightline api-key add makes one.",
    );
  }
  if (!mayAs(holder.role, needs))
    throw new Refused(403, "ROLE_TOO_LOW", `A key of role ${holder.role} may not do this: it takes ${needs}.`);
  return `API key ${holder.name}`;
}

const BEARER = "Bearer ";
const SERVER_FAULT = 500;

const STATUS: { readonly [Code in ServerErrorCode]?: number } = {
  UNKNOWN_UNIT: 404,
  UNKNOWN_PRODUCT: 404,
  UNKNOWN_GROUP: 404,
  UNKNOWN_WEBHOOK: 404,
  WEBHOOK_URL: 400,
  WEBHOOK_PRIVATE: 400,
  UNIT_STATE: 409,
  CURSOR_UNKNOWN: 400,
};

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What is not meant for whoever asks stays in the log. */
function said(error: Error & { validation?: unknown; statusCode?: number }): {
  readonly status: number;
  readonly code: string;
  readonly message: string;
} {
  if (error instanceof Refused) return error;
  const status = error instanceof ServerError ? STATUS[error.code] : undefined;
  if (error instanceof ServerError && status) return { status, code: error.code, message: error.message };
  const theirs = error.statusCode ?? SERVER_FAULT;
  if (theirs < SERVER_FAULT)
    return { status: theirs, code: "REQUEST_INVALID", message: `${error.message}: see /v1/schemas for what is taken.` };
  return { status: SERVER_FAULT, code: "SERVER_FAULT", message: "The server could not answer: its log says why." };
}
