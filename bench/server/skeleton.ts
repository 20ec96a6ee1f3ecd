// SPDX-License-Identifier: Apache-2.0
// What the same work would cost without any of our own: Fastify and SQLite, one durable row a request. A process of its own.
import { join } from "node:path";
import Database from "better-sqlite3";
import Fastify from "fastify";

const file = new Database(join(process.argv[2] as string, "skeleton.sqlite"));
file.pragma("journal_mode = WAL");
file.pragma("synchronous = FULL");
file.exec("create table messages (id integer primary key, body blob not null)");
const find = file.prepare("select body from messages where id = ?");
const keep = file.prepare("insert into messages (body) values (?)");
const turn = file.transaction((body: Buffer) => {
  find.get(1);
  keep.run(body);
});

const http = Fastify({ forceCloseConnections: true });
http.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
  done(null, body),
);
http.post("/v1/messages/:type", (request, reply) => {
  turn.immediate(request.body as Buffer);
  return reply.type("application/octet-stream").send(Buffer.alloc(100));
});
await http.listen({ host: "127.0.0.1", port: 0 });
const address = http.server.address() as { port: number };
process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${address.port}` }) + "\n");
