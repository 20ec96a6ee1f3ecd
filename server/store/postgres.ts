// SPDX-License-Identifier: Apache-2.0
// The database on PostgreSQL, which several servers may share.
//
// Transactions come one after another, as SQLite's do: each takes one lock as it begins, by schema, and its end gives it back. So what
// a turn has read (a token, the head of an audit chain, a count) holds until it has written, whatever other servers do, and both
// databases keep the same promises for the same reason. SERIALIZABLE would let turns run side by side and begin some of them again:
// a hook's veto would be asked twice, and a burst of units, which write to the same few pages, would mostly wait to be begun again.
import { PostgresDialect } from "kysely";
import type { Dialect, PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { sha256 } from "../crypto.js";

const CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 10_000;
/** A server that stops in mid-transaction, or whose network went, must not stop the others for good. */
const ABANDONED_MS = 30_000;
/** A lock that another program keeps is told of, instead of waited for. */
const LOCKED_MS = 10_000;

const NAME_DIGITS = 32;
const names = new Map<string, string>();

const BEGIN = "begin; select pg_advisory_xact_lock(hashtext('lightline'), hashtext(current_schema()))";
/** Stronger settings than "on" stay; a weaker one would lose what was answered. */
const SETTINGS = `
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off';
  set idle_in_transaction_session_timeout = ${ABANDONED_MS}; set lock_timeout = ${LOCKED_MS}`;

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

export function postgresDialect(url: string): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: { getTypeParser },
    onConnect: configure,
  });
  // A connection that breaks while nobody uses it: the next turn gets a new one.
  pool.on("error", () => undefined);
  return new PostgresDialect({ pool: gated(pool) });
}

async function configure(client: pg.ClientBase): Promise<void> {
  // One that breaks between two statements of a turn would end the process: the turn's next statement tells instead.
  client.on("error", () => undefined);
  await client.query(SETTINGS);
}

function gated(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client);
      if (known) return known;
      const gate = gatedClient(client);
      clients.set(client, gate);
      return gate;
    },
    end: () => pool.end(),
  };
}

function gatedClient(client: pg.PoolClient): PostgresPoolClient {
  const query = async (sql: string, values: readonly unknown[]) =>
    values.length
      ? client.query({ name: nameOf(sql), text: sql, values: values.map(storable) })
      : client.query(sql === "begin" ? BEGIN : sql);
  return { query: query as unknown as PostgresPoolClient["query"], release: () => client.release() };
}

/** A named statement is parsed once a connection: there are some dozens, and they come again with every message. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = sha256(text).slice(0, NAME_DIGITS);
  names.set(text, name);
  return name;
}

/** PostgreSQL has no text with a zero in it, which a device's script may send. */
const storable = (value: unknown): unknown => (typeof value === "string" ? value.replaceAll("\0", "\ufffd") : value);

/** Times, ids and counts come as numbers: all of them are far below 2^53. */
const getTypeParser = ((oid: number, format?: "text" | "binary") =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
