// SPDX-License-Identifier: Apache-2.0
// The factory server as an application: no port is opened here.
import { randomBytes } from "node:crypto";
import { Type } from "@sinclair/typebox";
import Fastify from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { MESSAGE_LIMIT_BYTES } from "../firmware/core/protocol/message.js";
import { Admin } from "./admin.js";
import type { ServerClock } from "./clock.js";
import { systemClock } from "./clock.js";
import { Conversation } from "./conversation/conversation.js";
import type { UnitChange } from "./conversation/turn.js";
import { Vault } from "./crypto.js";
import { openDatabase } from "./store/database.js";

const SWEEP_MS = 10_000;

export interface AppOptions {
  readonly dataDir: string;
  readonly clock?: ServerClock;
  /** Bytes nobody can guess; a line of virtual boards gives its own. */
  readonly random?: (bytes: number) => Uint8Array;
  readonly parked?: (delta: 1 | -1) => void;
  readonly veto?: (deviceId: string) => string;
  readonly onUnitChange?: (change: UnitChange) => void;
  readonly logger?: FastifyBaseLogger;
}

export interface App {
  readonly http: FastifyInstance;
  readonly admin: Admin;
  readonly signingKeyId: string;
  close(): Promise<void>;
}

const MessageParams = Type.Object({ type: Type.Integer({ minimum: 1, maximum: 255 }) });

/** @throws ServerError when the data folder cannot be used */
export async function buildApp(options: AppOptions): Promise<App> {
  const db = await openDatabase(options.dataDir);
  const vault = new Vault(options.dataDir);
  const clock = options.clock ?? systemClock;
  const tools = {
    vault,
    random: options.random ?? ((bytes: number) => new Uint8Array(randomBytes(bytes))),
    veto: options.veto ?? (() => ""),
  };
  const conversation = new Conversation(db, {
    clock,
    tools,
    parked: options.parked ?? (() => undefined),
    onUnitChange: options.onUnitChange ?? (() => undefined),
  });
  const admin = new Admin(db, conversation, tools, clock);
  const http = routes(conversation, options.logger);
  let cancelSweep = (): void => undefined;
  const sweep = (): void => {
    cancelSweep = clock.after(SWEEP_MS, () => void admin.sweep().finally(sweep));
  };
  sweep();
  return {
    http,
    admin,
    signingKeyId: vault.signingKeyId,
    async close() {
      cancelSweep();
      conversation.close();
      await http.close();
      await db.destroy();
    },
  };
}

function routes(conversation: Conversation, logger: FastifyBaseLogger | undefined): FastifyInstance {
  const http = Fastify({
    ...(logger ? { loggerInstance: logger } : {}),
    bodyLimit: MESSAGE_LIMIT_BYTES,
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  http.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  http.get("/v1/health", () => ({ name: "lightline", ok: true }));
  http.post("/v1/messages/:type", { schema: { params: MessageParams } }, async (request, reply) => {
    const { type } = request.params as { type: number };
    const body = request.body instanceof Buffer ? new Uint8Array(request.body) : new Uint8Array(0);
    const answer = await conversation.answer(type, body);
    // Whoever proved nothing learns nothing: one and the same answer.
    if (!answer) return reply.code(403).send();
    return reply.type("application/octet-stream").send(Buffer.from(answer));
  });
  return http;
}
