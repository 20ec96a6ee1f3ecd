// SPDX-License-Identifier: Apache-2.0
// Where senders ask for an end user's tokens, just as the published BlinkUp SDKs do: HTTP Basic with the key alone, or with a colon
// behind it; a form, JSON, or no body; from a page of any origin. An SDK reads the status of an error, a person its message.
import { Type } from "@sinclair/typebox";
import type { TObject } from "@sinclair/typebox";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Activation } from "./activation.js";
import type { ApiKeys } from "../operators/api-keys.js";
import type { ServerClock } from "../clock.js";
import { FailureGate } from "../http/failure-gate.js";
import { ensureOpen, Refused } from "../http/http-errors.js";

export interface SetupTools {
  readonly activation: Activation;
  readonly apiKeys: ApiKeys;
  readonly clock: ServerClock;
}

/** Empty for a new end user, as some senders have it. */
const PlanId = Type.Optional(Type.String({ pattern: "^([0-9A-Fa-f]{16})?$", description: "of the same end user" }));
const Asked = Type.Object({ plan_id: PlanId });
const Enrol = Type.Object({ type: Type.Literal("production_token"), plan_id: PlanId });
const Token = Type.Object({ id: Type.String(), plan_id: Type.String() });
const TokenParams = Type.Object({ id: Type.String({ pattern: "^[0-9A-Fa-f]{16}$" }) });
const Status = Type.Object({
  impee_id: Type.String({ description: "empty until a device has come with the token" }),
  agent_url: Type.String(),
  plan_id: Type.String(),
  claimed_at: Type.String(),
});

interface SetupRoute {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly params?: TObject;
  readonly body?: TObject;
  readonly response: TObject;
  readonly answer: (activation: Activation, product: string, request: FastifyRequest) => Promise<object>;
}

const give: SetupRoute["answer"] = (activation, product, request) => {
  const { plan_id } = request.body as { plan_id?: string };
  return activation.setupToken(product, plan_id || undefined);
};

export const SETUP_ROUTES: readonly SetupRoute[] = [
  { method: "POST", url: "/v1/setup_tokens", body: Asked, response: Token, answer: give },
  { method: "POST", url: "/v5/enroll", body: Enrol, response: Token, answer: give },
  {
    method: "GET",
    url: "/v1/setup_tokens/:id",
    params: TokenParams,
    response: Status,
    answer: (activation, product, { params }) => activation.status(product, (params as { id: string }).id),
  },
];

export function setupRoutes(http: FastifyInstance, tools: SetupTools): void {
  const failures = new FailureGate();
  readBodies(http);
  http.decorateRequest("product", "");
  for (const { method, url, answer, response, ...edges } of SETUP_ROUTES) {
    http.route({
      method,
      url,
      schema: { ...edges, response: { 200: response } },
      onRequest: async (request, reply) => {
        reply.headers({ "cache-control": "no-store", ...ANY_ORIGIN });
        request.setDecorator("product", await productOf(request, reply, tools, failures));
      },
      preValidation: (request, _reply, done) => {
        if (method === "POST" && request.body === undefined) request.body = {};
        done();
      },
      handler: (request) => answer(tools.activation, request.getDecorator<string>("product"), request),
    });
  }
  for (const url of new Set(SETUP_ROUTES.map((route) => route.url)))
    http.options(url, (_request, reply) =>
      reply
        .code(204)
        .headers({ ...ANY_ORIGIN, ...PREFLIGHT })
        .send(),
    );
}

/** The key is the caller's own word, no cookie: there is nothing that a page could borrow. */
const ANY_ORIGIN = { "access-control-allow-origin": "*" };
const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, content-type, x-requested-with",
  "access-control-max-age": "86400",
};

function readBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  http.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, (body as string).trim() ? JSON.parse(body as string) : {});
    } catch {
      done(new Refused(400, "REQUEST_INVALID", "The body is no JSON: see /v1/schemas for what is taken."));
    }
  });
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;
const KEY = /^[A-Za-z0-9]{32,}$/;

/** @throws Refused */
async function productOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { apiKeys, clock }: SetupTools,
  failures: FailureGate,
): Promise<string> {
  ensureOpen(failures, request.ip, clock.now(), reply);
  const [, encoded = ""] = BASIC.exec(request.headers.authorization ?? "") ?? [];
  const key = Buffer.from(encoded, "base64").toString("latin1").replace(/:$/, "");
  const product = KEY.test(key) ? await apiKeys.productOf(key) : undefined;
  if (product !== undefined) return product;
  failures.failed(request.ip, clock.now());
  if (KEY.test(key))
    throw new Refused(
      403,
      "SETUP_KEY_REFUSED",
      "This BlinkUp key does not count here: lightline api-key add --role blinkup makes one.",
    );
  reply.header("www-authenticate", "Basic");
  throw new Refused(
    401,
    "SETUP_KEY_MALFORMED",
    "Send a BlinkUp key, 32 letters and digits: Authorization: Basic BASE64-OF-THE-KEY.",
  );
}
