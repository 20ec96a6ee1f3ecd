// SPDX-License-Identifier: Apache-2.0
// The HTTP edge: messages, health, and what operators ask.
import { readFileSync } from "node:fs";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MESSAGE_LIMIT_BYTES } from "../firmware/core/protocol/message.js";
import type { AgentHost } from "./agents/agent-host.js";
import { agentRoutes } from "./agents/agent-routes.js";
import type { Conversation } from "./conversation/conversation.js";
import { answerClientError, answerErrors, logFault, NO_ROUTE } from "./http/http-errors.js";
import type { OperatorTools } from "./operators/operator-route.js";
import { operatorRoutes } from "./operators/operator-routes.js";
import { MessageParams } from "./schemas.js";
import type { SetupTools } from "./activation/setup-routes.js";
import { setupRoutes } from "./activation/setup-routes.js";
import { compileSchema } from "./http/validators.js";

const BYTES = "application/octet-stream";
const INTERNAL_ERROR = 500;
/** For a whole request to arrive in: whoever sends more slowly holds a connection for nothing. */
const SENDING_MS = 30_000;
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export function buildRoutes(
  conversation: Conversation,
  tools: OperatorTools & SetupTools,
  agents: AgentHost,
  logger: FastifyBaseLogger | undefined,
): FastifyInstance {
  const http: FastifyInstance = Fastify({
    ...(logger ? { loggerInstance: logger } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MESSAGE_LIMIT_BYTES,
    requestTimeout: SENDING_MS,
    http: { headersTimeout: SENDING_MS, connectionsCheckingInterval: 1000 },
    clientErrorHandler: answerClientError,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply: FastifyReply) => reply.code(404).send(NO_ROUTE),
  });
  http.setValidatorCompiler(compileSchema);
  answerErrors(http);
  logAnswers(http);
  http.get("/v1/health", () => ({ name: "lightline", version, ok: true }));
  http.register((scope, _options, done) => {
    operatorRoutes(scope, tools);
    done();
  });
  http.register((scope, _options, done) => {
    setupRoutes(scope, tools);
    done();
  });
  http.register((scope, _options, done) => {
    agentRoutes(scope, agents);
    done();
  });
  http.register((messages, _options, done) => {
    messageRoute(messages, conversation);
    done();
  });
  return http;
}

/** A line each. Of the address only the route's pattern: what stands in its place may be a secret, as an agent's address is. */
function logAnswers(http: FastifyInstance): void {
  http.addHook("onResponse", (request, reply, done) => {
    const { url: route = "none" } = request.routeOptions;
    const { type } = request.params as { type?: number };
    const ms = Math.round(reply.elapsedTime);
    request.log.info({ method: request.method, route, type, status: reply.statusCode, ms }, "answered");
    done();
  });
}

function messageRoute(messages: FastifyInstance, conversation: Conversation): void {
  messages.removeAllContentTypeParsers();
  messages.addContentTypeParser(BYTES, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  // Whoever proved nothing learns nothing: too long, of another type or forged, it is one and the same answer.
  messages.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const isOurs = (error.statusCode ?? INTERNAL_ERROR) >= INTERNAL_ERROR;
    return reply.code(isOurs ? logFault(request, error) : 403).send();
  });
  messages.post("/v1/messages/:type", { schema: { params: MessageParams } }, (request, reply) =>
    answer(conversation, request, reply),
  );
}

async function answer(conversation: Conversation, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { type } = request.params as MessageParams;
  const body = request.body instanceof Buffer ? new Uint8Array(request.body) : new Uint8Array(0);
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const bytes = await conversation.answer(type, body, gone.signal);
  if (!bytes) return reply.code(403).send();
  return reply.type(BYTES).send(Buffer.from(bytes));
}
