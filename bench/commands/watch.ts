// SPDX-License-Identifier: Apache-2.0
// lightline watch: a product's script on a board while it is written, from RAM, without a factory.
import { Command, Option } from "commander";
import type { Board } from "../build/boards.js";
import { loadBoard } from "../build/boards.js";
import type { ScriptRole } from "../build/product.js";
import { loadProduct, SCRIPT_ROLES } from "../build/product.js";
import { UserError } from "../errors.js";
import { startVirtualBoard } from "../selftest/virtual.js";
import type { WatchEvent, WatchJob } from "../watch/watch.js";
import { watchScript } from "../watch/watch.js";

interface WatchOptions {
  readonly port?: string;
  readonly virtual?: boolean;
  readonly board?: string;
  readonly role: ScriptRole;
  readonly json?: boolean;
}

export function watchCommand(): Command {
  return new Command("watch")
    .description(
      "run a product's script on a board at each edit, from RAM; Ctrl-C gives the board its own program back",
    )
    .argument("<dir>", "the product's folder")
    .option("--port <port>", "the board's serial port, or tcp://host:port")
    .option("--virtual", "a virtual board instead")
    .option("--board <name>", "which of boards/ it is; the product's unless said")
    .addOption(new Option("--role <role>", "whose script").choices(SCRIPT_ROLES).default("dut"))
    .option("--json", "print a JSON object for each thing that happens")
    .action(watch);
}

async function watch(dir: string, options: WatchOptions): Promise<void> {
  if ((options.virtual === undefined) === (options.port === undefined))
    throw new UserError("SETTINGS_MISSING", "Which board is it? Say --port PORT, or --virtual.");
  const product = loadProduct(dir);
  const board = loadBoard(options.board ?? product.board);
  const { role, port } = options;
  const tell = (event: WatchEvent): void =>
    void process.stdout.write((options.json ? JSON.stringify(event) : wordsOf(event)) + "\n");
  const work = (at: string): Promise<void> => untilInterrupted({ port: at, board, product, role }, tell);
  return port === undefined ? withVirtual(board, work) : work(port);
}

async function withVirtual(board: Board, work: (port: string) => Promise<void>): Promise<void> {
  const virtual = await startVirtualBoard(board, [], 1);
  try {
    await work(virtual.port);
  } finally {
    await virtual.close();
  }
}

async function untilInterrupted(job: WatchJob, tell: (event: WatchEvent) => void): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once("SIGINT", end);
  try {
    await watchScript(job, stop.signal, tell);
  } finally {
    process.off("SIGINT", end);
  }
}

function wordsOf(event: WatchEvent): string {
  switch (event.event) {
    case "running":
      return `-- running after ${event.seconds.toFixed(2)} s, ${event.bytes} bytes`;
    case "line":
      return event.text;
    case "threw": {
      const [first = "", ...others] = event.places;
      return [`-- ${first && `${first}: `}${event.message}`, ...others.map((place) => `     from ${place}`)].join("\n");
    }
    case "refused":
      return `-- ${event.code}, the script before goes on:\n${event.message}`;
  }
}
