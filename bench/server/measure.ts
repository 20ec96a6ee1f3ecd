// SPDX-License-Identifier: Apache-2.0
// npm run bench:server: whole lives a second on both databases, beside a bare skeleton in the same run; and many units looked through.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { buildApp } from "../../server/app.js";
import { formatTable } from "../table.js";
import { HttpClient, live, REQUESTS_A_LIFE } from "./life-client.js";
import { lookThrough } from "./many-units.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const DEVICES_AT_ONCE = [1, 32, 256];
const SECONDS = Number(process.argv[2] ?? 10);
const UNITS = Number(process.argv[3] ?? 50_000);
const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";

interface Load {
  readonly lives: number;
  readonly seconds: number;
  readonly ms: readonly number[];
}

/** `one` again and again, by so many at once, until the time is over. */
async function load(
  port: number,
  devices: number,
  one: (client: HttpClient, who: number) => Promise<void>,
): Promise<Load> {
  const client = new HttpClient(port, devices);
  const begun = performance.now();
  const over = (): boolean => performance.now() - begun > SECONDS * 1000;
  let lives = 0;
  const loop = async (who: number): Promise<void> => {
    for (; !over(); lives++) await one(client, who);
  };
  await Promise.all(Array.from({ length: devices }, (_, who) => loop(who)));
  const seconds = (performance.now() - begun) / 1000;
  client.close();
  return { lives, seconds, ms: client.ms };
}

async function started(
  args: readonly string[],
  databaseUrl: string | undefined,
): Promise<{ child: ChildProcess; port: number }> {
  const env = { ...process.env, DATABASE_URL: databaseUrl ?? "" };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const piece of child.stdout) {
    said += String(piece);
    const port = /"url":"http:\/\/[^:]+:(\d+)"/.exec(said)?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error(`it did not start: ${said}`);
}

async function stopped(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

let boot = 1;
let number = 0;

async function measureServer(devices: number, databaseUrl: string | undefined): Promise<Load> {
  const dataDir = mkdtempSync(join(tmpdir(), "lightline-bench-"));
  const serve = ["bench/lightline.mjs", "serve", "--data", dataDir, "--port", "0", "--json", "--log-level", "error"];
  const { child, port } = await started(serve, databaseUrl);
  try {
    const app = await buildApp({ dataDir, databaseUrl });
    const fixtures: { id: Uint8Array; key: Uint8Array }[] = [];
    for (let i = 0; i < devices; i++) fixtures.push(await app.admin.addFixture("hello-sensor"));
    await app.close();
    return await load(port, devices, (client, who) => live(client, fixtures[who]!, ++boot, ++number & 0xffff));
  } finally {
    await stopped(child);
    rmSync(dataDir, { recursive: true });
  }
}

async function measureSkeleton(devices: number): Promise<Load> {
  const dataDir = mkdtempSync(join(tmpdir(), "lightline-bench-"));
  const { child, port } = await started(["--import", "tsx", "bench/server/skeleton.ts", dataDir], undefined);
  const body = randomBytes(150);
  try {
    return await load(port, devices, async (client) => {
      for (let i = 0; i < REQUESTS_A_LIFE; i++) await client.post(1, body);
    });
  } finally {
    await stopped(child);
    rmSync(dataDir, { recursive: true });
  }
}

/** A schema of its own, gone afterwards; undefined when PostgreSQL does not answer. */
async function withSchema<Result>(work: (url: string) => Promise<Result>): Promise<Result | undefined> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
  } catch {
    return undefined;
  }
  const schema = `lightline_bench_${randomBytes(6).toString("hex")}`;
  const url = new URL(POSTGRES_URL);
  url.searchParams.set("options", `-c search_path=${schema}`);
  await client.query(`create schema ${schema}; set client_min_messages = warning`);
  try {
    return await work(url.href);
  } finally {
    await client.query(`drop schema ${schema} cascade`);
    await client.end();
  }
}

const quantile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1);

function rowOf(what: string, devices: number, { lives, seconds, ms }: Load): string[] {
  const sorted = [...ms].sort((a, b) => a - b);
  return [what, String(devices), (lives / seconds).toFixed(1), quantile(sorted, 0.5), quantile(sorted, 0.99)];
}

const rows = [["server", "devices at once", "lives/s", "p50 ms", "p99 ms"]];
for (const devices of DEVICES_AT_ONCE) {
  rows.push(rowOf("skeleton", devices, await measureSkeleton(devices)));
  rows.push(rowOf("SQLite", devices, await measureServer(devices, undefined)));
  const onPostgres = await withSchema((url) => measureServer(devices, url));
  if (onPostgres) rows.push(rowOf("PostgreSQL", devices, onPostgres));
}
process.stdout.write(
  `A life is ${REQUESTS_A_LIFE} requests, each commit on disk; ${SECONDS} s a row.\n${formatTable(rows)}\n\n`,
);

const looks = [
  ["database", "page of 500, ms", "last page, ms", "all units, ms", "all values, ms", "memory grown, MiB"],
];
const look = async (what: string, url: string | undefined): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), "lightline-bench-"));
  const times = await lookThrough(dataDir, url, UNITS);
  rmSync(dataDir, { recursive: true });
  looks.push([what, ...Object.values(times).map((time: number) => time.toFixed(0))]);
};
await look("SQLite", undefined);
const answered = await withSchema(async (url) => look("PostgreSQL", url).then(() => true));
process.stdout.write(`${UNITS} units, three values each.\n${formatTable(looks)}\n`);
if (!answered) process.stdout.write("SKIPPED: PostgreSQL, which does not answer here.\n");
