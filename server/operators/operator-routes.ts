// SPDX-License-Identifier: Apache-2.0
// What operators ask over HTTP, each with an API key: one table of routes, of which the published schemas are a print.
import { Type } from "@sinclair/typebox";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Role } from "./api-keys.js";
import { mayAs } from "./api-keys.js";
import { FailureGate } from "../http/failure-gate.js";
import { GROUP_ROUTES } from "./group-routes.js";
import { ensureOpen, Failure, Refused } from "../http/http-errors.js";
import type { Asked, OperatorTools, Route } from "./operator-route.js";
import { exactly, named, PageFields, pageOf, Product, Reason, Since, UnitParams } from "./operator-route.js";
import { SETUP_ROUTES } from "../activation/setup-routes.js";
import { AuditEntry, DeviceId, RunRow, TokenRow, UnitCard, UnitRow, UnitState } from "./views.js";
import { WEBHOOK_ROUTES } from "../webhooks/routes.js";

const Decreed = Type.Object({ deviceId: DeviceId, state: Type.String() });

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/units",
    role: "viewer",
    querystring: exactly({ ...PageFields, ...Since, ...Product, state: Type.Optional(UnitState) }),
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
    querystring: exactly({ ...PageFields, ...Since }),
    response: pageOf("runs", RunRow),
    answer: ({ lists }, { id, filter, page }) => named("runs", lists.runs(id, filter, page)),
  },
  {
    method: "GET",
    url: "/v1/tokens",
    role: "operator",
    querystring: exactly({ ...PageFields, ...Since, ...Product }),
    response: pageOf("tokens", TokenRow),
    answer: ({ lists }, { filter, page }) => named("tokens", lists.tokens(filter, page)),
  },
  {
    method: "GET",
    url: "/v1/audit",
    role: "operator",
    querystring: exactly({ ...PageFields, ...Since, chain: Type.Optional(Type.String({ maxLength: 64 })) }),
    response: pageOf("audit", AuditEntry),
    answer: ({ lists }, { filter, page }) => named("audit", lists.audit(filter, page)),
  },
  {
    method: "POST",
    url: "/v1/units/:id/unbless",
    role: "engineer",
    params: UnitParams,
    body: exactly({
      ...Reason,
      key: Type.String({ maxLength: 100, description: "the production group's unbless key" }),
    }),
    response: Decreed,
    async answer({ admin }, { id, reason, body, by }) {
      await admin.unbless(id, reason, body.key as string, by);
      return { deviceId: id, state: "unblessed" };
    },
  },
  {
    method: "POST",
    url: "/v1/units/:id/scrap",
    role: "engineer",
    params: UnitParams,
    body: exactly(Reason),
    response: Decreed,
    async answer({ admin }, { id, reason, by }) {
      await admin.scrap(id, reason, by);
      return { deviceId: id, state: "scrapped" };
    },
  },
  ...GROUP_ROUTES,
  ...WEBHOOK_ROUTES,
];

export function operatorRoutes(http: FastifyInstance, tools: OperatorTools): void {
  const failures = new FailureGate();
  http.decorateRequest("by", "");
  // What is no data, JSON leaves out: the handlers.
  http.get("/v1/schemas", () => ({ routes: [...ROUTES, ...SETUP_ROUTES], failure: Failure }));
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
  const { id = "" } = (request.params ?? {}) as { id?: string | number };
  const { limit, cursor, since, ...filter } = request.query as Asked["page"] & Asked["filter"] & { since?: string };
  const body = (request.body ?? {}) as { reason?: string };
  return {
    ...{ id: String(id), body, reason: (body.reason ?? "").trim(), by: request.getDecorator<string>("by") },
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
  ensureOpen(failures, request.ip, clock.now(), reply);
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
