// SPDX-License-Identifier: Apache-2.0
// The tables. Keys lie sealed; ids are hex; times are milliseconds since 1970.
import type { Generated, Kysely } from "kysely";
import { sql } from "kysely";
import type { KeyRole } from "../operators/api-keys.js";
import type { GroupKind } from "../domain/groups.js";
import type { UnitState } from "../domain/unit-machine.js";
import { ServerError } from "../errors.js";
import type { KeyKind } from "../keys/vault.js";

export interface Tables {
  products: { name: string; config: string; network: Buffer | null; serials: number };
  groups: {
    id: Generated<number>;
    product: string;
    kind: GroupKind;
    /** Its product has one of that name. */
    name: string;
    /** Of a fixture group alone; ids of groups. */
    dut_target: number | null;
    production_target: number | null;
  };
  fixtures: {
    id: string;
    product: string;
    group_id: number;
    key: Buffer;
    counter: string;
    /** Digest of the request that had this counter. */
    request: string;
    revoked: number;
  };
  tokens: {
    id: string;
    kind: "developer" | "factory" | "production";
    product: string;
    fixture: string | null;
    slot: number;
    key: Buffer;
    expires_at: number;
    device_id: string | null;
    /** Two devices read this light. */
    crosstalk: number;
    run: number | null;
    /** The fixture group whose light it is; null for an end user's. */
    group_id: number | null;
  };
  units: {
    device_id: string;
    product: string;
    group_id: number;
    state: UnitState;
    serial: string | null;
    /** Of the light that it last answered to. */
    fixture: string | null;
    slot: number;
    /** The one that counts; an earlier one is over. */
    session: string | null;
    changed_at: number;
    heard_at: number;
    /** The end user who activated it. */
    plan_id: string | null;
  };
  runs: {
    id: Generated<number>;
    device_id: string;
    token: string;
    started_at: number;
    lease_until: number;
    verdict: string | null;
  };
  sessions: {
    id: string;
    /** Null for a session under the device's own key. */
    token: string | null;
    run: number | null;
    device_id: string;
    key: Buffer;
    counter: number;
    /** Digest of the request that had this counter. */
    request: string;
    /** Running digest of the results. */
    digest: string;
    /** The device's boot counter, as its hello had it. */
    boot: number;
  };
  /** Every attempt of every phase. */
  phases: {
    position: Generated<number>;
    run: number;
    session: string;
    phase: string;
    attempt: number;
    outcome: number;
  };
  measurements: { position: Generated<number>; phase_position: number; name: string; value: number | null };
  grants: {
    id: Generated<number>;
    device_id: string;
    serial: string;
    key: Buffer;
    record: Buffer;
    signature: Buffer;
    wipe_nonce: string;
    granted_at: number;
    acknowledged_at: number | null;
    /** The production group that it leads to. */
    group_id: number;
  };
  /** The id is the item's number: it only ever rises. */
  items: { id: Generated<number>; recipient: string; name: string; data: string };
  uplinks: { sender: string; epoch: string; number: number; name: string; data: string; at: number };
  /** Keys by their files in keys/, oldest first: the last of a kind is in use. */
  keys: { position: Generated<number>; kind: KeyKind; id: string; made_at: number };
  /** What was answered to a request, by its digest; the token it goes back to, if any. */
  answers: { request: string; answer: Buffer; token: string | null };
  /** Of a key only its digest; the id is in the key, for it to be found by. */
  api_keys: {
    id: Generated<number>;
    name: string;
    role: KeyRole;
    hash: string;
    made_at: number;
    used_at: number | null;
    revoked_at: number | null;
    /** Of a BlinkUp key: the product whose devices it activates. */
    product: string | null;
  };
  /** An agent's secret address; the plan is "" in the factory. */
  agent_urls: { id: string; device_id: string; plan_id: string; made_at: number | null };
  /** What the agents of a product's group run: one JavaScript file. */
  agent_code: { product: string; role: AgentRole; code: string };
  /** What an agent saved, as JSON. */
  agents: { device_id: string; role: AgentRole; saved: string };
  /** At which server an agent works, or worked last; `busy_until` is past while it rests. */
  agent_leases: { device_id: string; role: AgentRole; server: string; busy_until: number };
  /** What devices said and their agents have not done with; `done` counts the effects that are stored already. */
  agent_events: {
    id: Generated<number>;
    device_id: string;
    role: AgentRole;
    name: string;
    data: string;
    done: number;
  };
  /** What an agent answered to a call that an event of another's made, until that event is done. */
  agent_answers: { call: string; event: number; answer: string };
  /** Of a production group; of the key only its digest. */
  unbless_keys: { group_id: number; hash: string; made_at: number };
  /** End users, each of one product. */
  plans: { id: string; product: string; made_at: number };
  /** What an end user's sender asked for: of its eight bytes only the digest, and the token that they are part of. */
  setup_tokens: { digest: string; token: string; product: string; plan_id: string; claimed_at: number | null };
  webhooks: {
    id: Generated<number>;
    product: string;
    /** Null: every group of the product. */
    group_id: number | null;
    url: string;
    /** Names, with a comma in between. */
    events: string;
    allow_private: number;
    secret: Buffer;
    made_at: number;
  };
  /** What webhooks are told, queued with what it tells of. */
  deliveries: {
    id: Generated<number>;
    webhook: number;
    /** The same at every attempt, for the receiver to know a repeat by. */
    message: string;
    event: string;
    body: string;
    queued_at: number;
    state: DeliveryState;
    attempts: number;
    next_at: number;
    /** Whoever sends it now has it until then. */
    lease_until: number;
    tried_at: number | null;
    status: number | null;
    answer: string;
  };
  audit: {
    id: Generated<number>;
    device_id: string;
    at: number;
    event: string;
    detail: string;
    previous: string;
    hash: string;
  };
}

/** Which of a product's agents: of a unit under test, of a fixture, of what was blessed. */
export type AgentRole = "dut" | "fixture" | "application";
export type DeliveryState = "waiting" | "delivered" | "failed";

export type DialectName = "sqlite" | "postgres";

/** In SQLite's words; both where they differ by more than the types. */
type Statement = string | { readonly [dialect in DialectName]: string };

/** Each entry takes the database one version further; none is ever changed once released. */
const MIGRATIONS: readonly (readonly Statement[])[] = [
  [
    "create table products (name text primary key, config text not null, network blob, serials integer not null)",
    "create table groups (id integer primary key, product text not null, kind text not null, dut_target integer, production_target integer)",
    "create table fixtures (id text primary key, product text not null, group_id integer not null, key blob not null, counter text not null, request text not null, revoked integer not null)",
    "create table tokens (id text primary key, kind text not null, product text not null, fixture text, slot integer not null, key blob not null, expires_at integer not null, device_id text, crosstalk integer not null, run integer)",
    "create table units (device_id text primary key, product text not null, group_id integer not null, state text not null, serial text, fixture text, slot integer not null, session text, changed_at integer not null, heard_at integer not null, unique (product, serial))",
    "create table runs (id integer primary key, device_id text not null, token text not null, started_at integer not null, lease_until integer not null, verdict text)",
    "create table sessions (id text primary key, token text, run integer, device_id text not null, key blob not null, counter integer not null, request text not null, digest text not null)",
    "create table phases (position integer primary key, run integer not null, session text not null, phase text not null, attempt integer not null, outcome integer not null)",
    "create table measurements (position integer primary key, phase_position integer not null, name text not null, value real)",
    "create table grants (id integer primary key, device_id text not null, serial text not null, key blob not null, record blob not null, signature blob not null, wipe_nonce text not null, granted_at integer not null, acknowledged_at integer)",
    "create table items (id integer primary key autoincrement, recipient text not null, name text not null, data text not null)",
    "create table uplinks (sender text not null, epoch text not null, number integer not null, name text not null, data text not null, at integer not null, primary key (sender, epoch, number))",
    "create table answers (request text primary key, answer blob not null, token text)",
    "create table audit (id integer primary key, device_id text not null, at integer not null, event text not null, detail text not null, previous text not null, hash text not null)",
    "create index runs_device on runs (device_id)",
    "create index phases_run on phases (run)",
    "create index phases_session on phases (session)",
    "create index measurements_phase on measurements (phase_position)",
    "create index answers_token on answers (token)",
    "create index units_state on units (state)",
    "create index grants_device on grants (device_id)",
    "create index items_recipient on items (recipient, id)",
    "create index audit_device on audit (device_id, id)",
    {
      sqlite:
        "create trigger audit_kept before delete on audit begin select raise(abort, 'the audit log is append-only'); end",
      postgres: `create function audit_is_kept() returns trigger language plpgsql as
        $$ begin raise exception 'the audit log is append-only'; end $$;
        create trigger audit_kept before delete or truncate on audit for each statement execute function audit_is_kept()`,
    },
    {
      sqlite:
        "create trigger audit_fixed before update on audit begin select raise(abort, 'the audit log is append-only'); end",
      postgres: "create trigger audit_fixed before update on audit for each statement execute function audit_is_kept()",
    },
  ],
  [
    "create table keys (position integer primary key, kind text not null, id text not null, made_at integer not null, unique (kind, id))",
  ],
  [
    "alter table sessions add column boot integer not null default 0",
    "create index sessions_device on sessions (device_id)",
  ],
  [
    "create table api_keys (id integer primary key, name text not null unique, role text not null, hash text not null, made_at integer not null, used_at integer, revoked_at integer)",
  ],
  [
    "alter table groups add column name text not null default ''",
    "update groups set name = kind",
    "update groups set dut_target = null, production_target = null where kind <> 'fixture'",
    "insert into groups (product, kind, name) select name, 'test-production', 'test-production' from products order by name",
    "insert into groups (product, kind, name) select name, 'test-dut', 'test-dut' from products order by name",
    `insert into groups (product, kind, name, dut_target, production_target)
      select name, 'test-fixture', 'test-fixture',
        (select id from groups where groups.product = products.name and groups.kind = 'test-dut'),
        (select id from groups where groups.product = products.name and groups.kind = 'test-production')
      from products order by name`,
    "create unique index groups_name on groups (product, name)",
    "alter table tokens add column group_id integer",
    `update tokens set group_id = (select id from groups where groups.product = tokens.product and groups.kind = 'fixture')
      where kind = 'factory'`,
    "alter table grants add column group_id integer not null default 0",
    `update grants set group_id = (select groups.id from groups join units on units.product = groups.product
      where units.device_id = grants.device_id and groups.kind = 'production')`,
    "alter table units add column plan_id text",
    "alter table api_keys add column product text",
    "create index api_keys_hash on api_keys (hash)",
    "create table if not exists agent_urls (id text primary key, device_id text not null, plan_id text not null, made_at integer, unique (device_id, plan_id))",
    "create table unbless_keys (group_id integer not null unique, hash text not null, made_at integer not null)",
    "create table plans (id text primary key, product text not null, made_at integer not null)",
    "create table setup_tokens (digest text primary key, token text not null, product text not null, plan_id text not null, claimed_at integer)",
    "create index setup_tokens_token on setup_tokens (token)",
  ],
  [
    "create table agent_code (product text not null, role text not null, code text not null, primary key (product, role))",
    "create table agents (device_id text not null, role text not null, saved text not null, primary key (device_id, role))",
    "create table agent_events (id integer primary key autoincrement, device_id text not null, role text not null, name text not null, data text not null, done integer not null)",
    "create index agent_events_agent on agent_events (device_id, role, id)",
    "create table agent_answers (call text primary key, event integer not null, answer text not null)",
    "create index agent_answers_event on agent_answers (event)",
  ],
  [
    "create table webhooks (id integer primary key autoincrement, product text not null, group_id integer, url text not null, events text not null, allow_private integer not null, secret blob not null, made_at integer not null)",
    "create table deliveries (id integer primary key autoincrement, webhook integer not null, message text not null unique, event text not null, body text not null, queued_at integer not null, state text not null, attempts integer not null, next_at integer not null, lease_until integer not null, tried_at integer, status integer, answer text not null)",
    "create index webhooks_product on webhooks (product)",
    "create index deliveries_due on deliveries (state, next_at)",
    "create index deliveries_webhook on deliveries (webhook, id)",
  ],
  [
    "create table agent_leases (device_id text not null, role text not null, server text not null, busy_until integer not null, primary key (device_id, role))",
  ],
];

/** SQLite's types in PostgreSQL's words; an integer there has 32 bits. */
const POSTGRES_TYPES: readonly (readonly [RegExp, string])[] = [
  [/\binteger primary key( autoincrement)?/g, "bigint generated by default as identity primary key"],
  [/\binteger\b/g, "bigint"],
  [/\bblob\b/g, "bytea"],
  [/\breal\b/g, "double precision"],
];

const inPostgres = (statement: string): string =>
  POSTGRES_TYPES.reduce((text, [type, theirs]) => text.replace(type, theirs), statement);

function textFor(statement: Statement, dialect: DialectName): string {
  if (typeof statement !== "string") return statement[dialect];
  return dialect === "sqlite" ? statement : inPostgres(statement);
}

/** Of the tables as this server knows them. */
export const VERSION = MIGRATIONS.length;

/**
 * In one transaction: servers that start at once do it one after the other. `to` is an earlier version, for tests.
 * @throws ServerError DATABASE_NEWER
 */
export async function migrate(db: Kysely<Tables>, dialect: DialectName, to = VERSION): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`create table if not exists version (number integer not null)`.execute(trx);
    const row = await sql<{ number: number }>`select number from version`.execute(trx);
    const from = row.rows[0]?.number ?? 0;
    if (from > VERSION) throw newer(from);
    if (from >= to) return;
    for (const statement of MIGRATIONS.slice(from, to).flat()) await sql.raw(textFor(statement, dialect)).execute(trx);
    await sql`delete from version`.execute(trx);
    await sql`insert into version values (${to})`.execute(trx);
  });
}

const newer = (from: number): ServerError =>
  new ServerError(
    "DATABASE_NEWER",
    `The database is of version ${from}, and this server knows ${VERSION}: take the newer lightline that made it, or a copy from before.`,
  );
