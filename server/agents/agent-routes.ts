// SPDX-License-Identifier: Apache-2.0
// An agent's own address, for whoever knows it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AgentHost } from "./agent-host.js";

const BODY_LIMIT = 64 * 1024;
/** A page of an agent's is no page of the server's: it shares no origin with it. */
const OWN_HEADERS = {
  "content-security-policy": "sandbox allow-forms allow-scripts",
  "x-content-type-options": "nosniff",
};
/** The connection's, and what would speak for the server. */
const NOT_AN_AGENTS =
  /^(connection|content-length|transfer-encoding|keep-alive|upgrade|trailer|set-cookie|content-security-policy)$/;

export function agentRoutes(http: FastifyInstance, agents: AgentHost): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  for (const url of ["/agent/:id", "/agent/:id/*"])
    http.all(url, { bodyLimit: BODY_LIMIT }, (request, reply) => answer(agents, request, reply));
}

async function answer(agents: AgentHost, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { id, "*": rest = "" } = request.params as { id: string; "*"?: string };
  const said = await agents.request(id, {
    method: request.method,
    path: `/${rest}`,
    query: request.query as { [name: string]: string },
    headers: request.headers as { [name: string]: string },
    body: request.body instanceof Buffer ? request.body.toString() : "",
  });
  if (!said)
    return reply.code(404).send({
      code: "UNKNOWN_AGENT",
      message: "There is no agent at this address: http.agenturl() tells an agent its own.",
    });
  for (const [name, value] of Object.entries(said.headers))
    if (!NOT_AN_AGENTS.test(name)) reply.header(name, value.replace(/[^\t\x20-\x7e]/g, ""));
  if (!("content-type" in said.headers)) reply.type("text/plain; charset=utf-8");
  return reply.headers(OWN_HEADERS).code(said.statuscode).send(said.body);
}
