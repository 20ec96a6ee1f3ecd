// SPDX-License-Identifier: Apache-2.0
// What goes wrong over HTTP, in one form: {"code","message"} and a status; what is the server's own fault stays in its log.
import type { Socket } from "node:net";
import { Type } from "@sinclair/typebox";
import type { Static } from "@sinclair/typebox";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ServerErrorCode } from "../errors.js";
import { ServerError } from "../errors.js";
import type { FailureGate } from "./failure-gate.js";
import { storageFault } from "../store/storage-fault.js";

const SERVER_FAULT = 500;
const STORAGE_FAULT = 503;

const STATUS: { readonly [Code in ServerErrorCode]?: number } = {
  DATABASE_FULL: STORAGE_FAULT,
  DATABASE_LOCKED: STORAGE_FAULT,
  DATABASE_DAMAGED: STORAGE_FAULT,
  DATABASE_GONE: STORAGE_FAULT,
  UNKNOWN_UNIT: 404,
  UNKNOWN_FIXTURE: 404,
  UNKNOWN_GROUP: 404,
  UNKNOWN_PRODUCT: 404,
  UNKNOWN_SETUP_TOKEN: 404,
  UNKNOWN_WEBHOOK: 404,
  UNIT_STATE: 409,
  GROUP_EXISTS: 409,
  GROUP_KIND: 409,
  GROUP_TARGETS: 409,
  GROUP_IN_USE: 409,
  UNBLESS_KEY_MISSING: 409,
  UNBLESS_KEY_REFUSED: 403,
  SETUP_TOKEN_EXPIRED: 410,
  CURSOR_UNKNOWN: 400,
  GROUP_NAME: 400,
  UNKNOWN_PLAN: 400,
  WEBHOOK_PRIVATE: 400,
  WEBHOOK_URL: 400,
};

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** @throws Refused while an address that failed again and again is not heard */
export function ensureOpen(failures: FailureGate, address: string, now: number, reply: FastifyReply): void {
  const closedMs = failures.closedMs(address, now);
  if (!closedMs) return;
  reply.header("retry-after", Math.ceil(closedMs / 1000));
  throw new Refused(429, "TOO_MANY_FAILURES", "Too many keys of this address were refused: try again in a minute.");
}

/** What every route answers when it does not do what was asked. */
export const Failure = Type.Object({
  code: Type.String({ description: "stable; docs/ERRORS.md has each" }),
  message: Type.String({ description: "what is wrong, and what to do" }),
});
export type Failure = Static<typeof Failure>;

export const NO_ROUTE: Failure = {
  code: "UNKNOWN_ROUTE",
  message: "There is nothing at this address: see /v1/schemas for what there is.",
};

/** For all routes that have no handler of their own. */
export function answerErrors(http: FastifyInstance): void {
  http.setNotFoundHandler((_request, reply) => reply.code(404).send(NO_ROUTE));
  http.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { status, code, message } = said(storageFault(error) ?? error);
    if (status >= SERVER_FAULT) logFault(request, error);
    return reply.code(status).send({ code, message });
  });
}

/** Logs what is the server's own fault, storage's in words that say what to do; returns the status. */
export function logFault(request: FastifyRequest, error: Error): number {
  const fault = storageFault(error);
  if (fault) request.log.error({ code: fault.code, route: request.routeOptions.url }, fault.message);
  else request.log.error(error);
  return fault ? STORAGE_FAULT : SERVER_FAULT;
}

/** What came was no HTTP, or came too slowly for a request. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, message] = CLIENT_ERRORS[error.code ?? ""] ?? NO_HTTP;
  const body = JSON.stringify({ code: "REQUEST_INVALID", message } satisfies Failure);
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}

const NO_HTTP = ["400 Bad Request", "This is no HTTP request: send one."] as const;
const CLIENT_ERRORS: { readonly [code: string]: readonly [string, string] } = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "The headers are too long: send 16 KiB at most."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request did not come to its end in time: send it at once."],
};

/** What is not meant for whoever asks stays in the log. */
function said(error: Error & { statusCode?: number }): Failure & { readonly status: number } {
  if (error instanceof Refused) return error;
  const status = error instanceof ServerError ? STATUS[error.code] : undefined;
  if (error instanceof ServerError && status) return { status, code: error.code, message: error.message };
  const theirs = error.statusCode ?? SERVER_FAULT;
  if (theirs < SERVER_FAULT)
    return { status: theirs, code: "REQUEST_INVALID", message: `${error.message}: see /v1/schemas for what is taken.` };
  return { status: SERVER_FAULT, code: "SERVER_FAULT", message: "The server could not answer: its log says why." };
}
