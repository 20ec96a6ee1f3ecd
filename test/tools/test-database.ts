// SPDX-License-Identifier: Apache-2.0
// The databases that the server's tests run on: a file each, or a schema of PostgreSQL each. Making a schema takes longer than most
// tests do, so one is emptied for the next server, and goes when its suite ends.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";

const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";

/** One test server's, looked at from outside. */
export interface TestDatabase {
  /** undefined for the file in the data folder. */
  readonly url: string | undefined;
  rows<Row>(sql: string): Promise<Row[]>;
  exec(sql: string): Promise<void>;
  breakConnections(): Promise<void>;
  /** All that is stored, as bytes to be searched. */
  contents(): Promise<Buffer>;
  /** Its server has closed. */
  discard(): Promise<void>;
}

class SqliteFile implements TestDatabase {
  readonly url = undefined;
  private readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, "lightline.sqlite");
  }

  rows<Row>(sql: string): Promise<Row[]> {
    return this.with((file) => file.prepare(sql).all() as Row[]);
  }

  exec(sql: string): Promise<void> {
    return this.with((file) => void file.exec(sql));
  }

  breakConnections(): Promise<void> {
    return Promise.reject(new Error("a file has no connections"));
  }

  contents(): Promise<Buffer> {
    const files = [this.path, `${this.path}-wal`].filter((path) => existsSync(path));
    return Promise.resolve(Buffer.concat(files.map((path) => readFileSync(path))));
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  private async with<Result>(work: (file: Database.Database) => Result): Promise<Result> {
    const file = new Database(this.path);
    try {
      return work(file);
    } finally {
      file.close();
    }
  }
}

class PostgresSchema implements TestDatabase {
  private static spare: PostgresSchema[] = [];
  readonly url: string;

  constructor(private readonly schema = `lightline_test_${randomBytes(6).toString("hex")}`) {
    const url = new URL(POSTGRES_URL);
    url.searchParams.set("options", `-c search_path=${schema}`);
    url.searchParams.set("application_name", schema);
    this.url = url.href;
  }

  rows<Row>(sql: string): Promise<Row[]> {
    return withClient(this.url, async (client) => (await client.query(sql)).rows as Row[]);
  }

  async exec(sql: string): Promise<void> {
    await withClient(this.url, (client) => client.query(sql));
  }

  /** Those of its server; other tests' servers, which run beside it, keep theirs. */
  async breakConnections(): Promise<void> {
    await this.exec(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = current_schema() and pid <> pg_backend_pid()`,
    );
  }

  async contents(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (const name of await this.tables())
      for (const row of await this.rows<object>(`select * from "${name}"`))
        for (const value of Object.values(row))
          pieces.push(value instanceof Buffer ? value : Buffer.from(String(value)));
    return Buffer.concat(pieces);
  }

  static async take(): Promise<PostgresSchema> {
    const spare = PostgresSchema.spare.pop();
    if (spare) return spare;
    const made = new PostgresSchema();
    await withClient(POSTGRES_URL, (client) => client.query(`create schema ${made.schema}`));
    return made;
  }

  async discard(): Promise<void> {
    const names = (await this.tables()).filter((name) => name !== "version");
    await this.exec(
      [
        "alter table audit disable trigger user",
        ...names.map((name) => `delete from "${name}"`),
        "alter table audit enable trigger user",
        "select setval(format('%I', sequencename)::regclass, 1, false) from pg_sequences where schemaname = current_schema()",
      ].join(";"),
    );
    PostgresSchema.spare.push(this);
  }

  static async dropAll(): Promise<void> {
    const names = PostgresSchema.spare.splice(0).map(({ schema }) => schema);
    // A notice would name each table.
    const sql = `set client_min_messages = warning; drop schema ${names.join(", ")} cascade`;
    if (names.length) await withClient(POSTGRES_URL, (client) => client.query(sql));
  }

  private async tables(): Promise<string[]> {
    const sql = "select tablename as name from pg_tables where schemaname = current_schema()";
    return (await this.rows<{ name: string }>(sql)).map(({ name }) => name);
  }
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export type DatabaseKind = "SQLite" | "PostgreSQL";

let chosen: DatabaseKind = "SQLite";

export const makeDatabase = async (dataDir: string): Promise<TestDatabase> =>
  chosen === "SQLite" ? new SqliteFile(dataDir) : PostgresSchema.take();

const whyNot = await withClient(POSTGRES_URL, () => Promise.resolve("")).catch(
  (error: NodeJS.ErrnoException) => error.message || String(error.code),
);
if (whyNot) console.warn(`SKIPPED: the server's tests on PostgreSQL; it does not answer here (${whyNot}).`);

/** The same tests on one database. */
export function onDatabase(kind: DatabaseKind, title: string, body: (this: Mocha.Suite) => void): void {
  const suite = kind === "PostgreSQL" && whyNot ? describe.skip : describe;
  suite(`${title} (${kind})`, function () {
    before(() => void (chosen = kind));
    body.call(this);
    // After the body's own hooks, which close the last server.
    after(() => {
      chosen = "SQLite";
      return PostgresSchema.dropAll();
    });
  });
}

/** The same tests on each. */
export function onEachDatabase(title: string, body: (this: Mocha.Suite) => void): void {
  for (const kind of ["SQLite", "PostgreSQL"] as const) onDatabase(kind, title, body);
}

/** Questions to PostgreSQL that are under way, and connections that are being made. */
let underWay = 0;

export const isAsking = (): boolean => underWay > 0;

/** A test knows by this when nothing moves any more: SQLite answers at once, PostgreSQL over a socket. */
function watch(owner: object, name: string): void {
  const methods = owner as { [name: string]: (...args: unknown[]) => unknown };
  const method = methods[name] as (...args: unknown[]) => unknown;
  methods[name] = function (...args) {
    const result = method.apply(this, args);
    if (!(result instanceof Promise)) return result;
    underWay++;
    return result.finally(() => underWay--);
  };
}
watch(pg.Client.prototype, "query");
watch(pg.Pool.prototype, "connect");
