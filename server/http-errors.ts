// SPDX-License-Identifier: Apache-2.0
// What goes wrong over HTTP, in one form: {"code","message"} and a status; what is the server's own fault stays in its log.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ServerErrorCode } from "./errors.js";
import { ServerError } from "./errors.js";
import type { FailureGate } from "./failure-gate.js";
import { storageFault } from "./store/storage-fault.js";

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

export function answerErrors(http: FastifyInstance): void {
  http.setErrorHandler<Error & { validation?: unknown; statusCode?: number }>((error, request, reply) => {
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
