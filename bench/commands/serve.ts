// SPDX-License-Identifier: Apache-2.0
// lightline serve: the factory server alone.
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { pino } from "pino";
import { startServer } from "../../server/main.js";
import { REDACT } from "../../server/http/redact.js";
import type { AgentScripts } from "../../server/agents/agent-host.js";
import { buildAgents } from "../build/agents.js";
import { loadProduct } from "../build/product.js";
import { databaseUrl } from "../data-folder.js";
import { wholeNumber } from "../options.js";
import { withServerErrors } from "../server-errors.js";

interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly product: string[];
  readonly url?: string;
  readonly logLevel?: string;
  readonly json?: boolean;
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"];

export function serveCommand(): Command {
  return new Command("serve")
    .description(
      "run the factory server alone; it makes its own database and keys (DATABASE_URL=postgres://... for PostgreSQL)",
    )
    .option("--data <dir>", "folder for database and keys", ".lightline")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on, 0 for any free one", wholeNumber("--port", 0, 65535), 8080)
    .option("--product <dir...>", "products to serve", ["examples/hello-sensor"])
    .option(
      "--url <address>",
      "where agents are reached, such as http://factory:8080; the first product's server unless said",
    )
    .addOption(new Option("--log-level <level>", "warn unless said, info with --json").choices(LOG_LEVELS))
    .option("--json", "log JSON lines only")
    .action((options: ServeOptions) => withServerErrors(() => serve(options)));
}

async function serve(options: ServeOptions): Promise<void> {
  const products = options.product.map(loadProduct);
  const logger = pino({ level: options.logLevel ?? (options.json ? "info" : "warn"), redact: REDACT });
  const agents = await Promise.all(products.map(buildAgents));
  const { data: dataDir, host, port } = options;
  const publicUrl = options.url ?? products[0]?.serverUrl;
  const server = await startServer({ dataDir, databaseUrl: databaseUrl(), host, port, logger, publicUrl });
  for (const [index, product] of products.entries()) {
    await server.admin.putProduct(product);
    await server.agents.deploy(product.name, agents[index] as AgentScripts);
  }
  await server.agents.start();
  const facts = {
    url: `http://${server.host}:${server.port}`,
    dataDir: resolve(options.data),
    database: databaseUrl() === undefined ? "SQLite" : "PostgreSQL",
    signingKeyId: server.signingKeyId,
    products: products.map((product) => product.name),
  };
  process.stdout.write(options.json ? JSON.stringify(facts) + "\n" : announce(facts, LOOPBACK.includes(options.host)));
  await new Promise<void>((stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  await server.close();
}

function announce(
  facts: { url: string; dataDir: string; database: string; signingKeyId: string; products: string[] },
  local: boolean,
): string {
  return [
    `Factory server on ${facts.url}`,
    `  products     ${facts.products.join(", ")}`,
    `  data folder  ${facts.dataDir}`,
    `  database     ${facts.database}`,
    `  signing key  ${facts.signingKeyId}`,
    local ? "  Boards reach it once it listens on an address of theirs: --host 0.0.0.0" : "",
    "Ctrl-C stops it.",
  ]
    .filter((line) => line)
    .join("\n")
    .concat("\n");
}
