// SPDX-License-Identifier: Apache-2.0
// lightline flash: a product's stages into real boards, several at once.
import { Command, Option } from "commander";
import type { Role } from "../build/boards.js";
import { loadBoard } from "../build/boards.js";
import { loadProduct } from "../build/product.js";
import { askOf, tierOf } from "../build/tiers.js";
import { UserError } from "../errors.js";
import type { FlashJob } from "../flash/flash-board.js";
import { flashBoard } from "../flash/flash-board.js";
import { buildStageFiles, checkRole } from "../flash/stage-files.js";
import { PortLines } from "../flash/port-lines.js";
import type { PortOutcome } from "../flash/report.js";
import { complaintsOf, exitCodeOf, jsonOf, wordsOf } from "../flash/report.js";

interface FlashOptions {
  readonly board: string;
  readonly port: readonly string[];
  readonly product: string;
  readonly role?: Role;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function flashCommand(): Command {
  return new Command("flash")
    .description("put a product's stages into boards that run Espruino, and see them start")
    .requiredOption("--board <name>", "which of boards/ they are")
    .requiredOption("--port <port...>", "their serial ports, or tcp://host:port")
    .option("--product <dir>", "the product's folder", "examples/hello-sensor")
    .addOption(new Option("--role <role>", "only the stages of this role").choices(["dut", "fixture"]))
    .option("--dry-run", "say what would be done, and write nothing")
    .option("--yes", "erase other programs; give new stages to a fixture or a blessed unit")
    .option("--json", "print one JSON object")
    .action(flash);
}

async function flash(options: FlashOptions): Promise<void> {
  const { role, json } = options;
  const board = loadBoard(options.board);
  const product = loadProduct(options.product);
  checkRole(board, role);
  const ports = [...new Set(options.port)];
  if (!json) process.stdout.write(`Building ${product.name} for ${board.name}, of ${tierOf(board)}${askOf(board)}\n`);
  const files = await buildStageFiles(board, product, role);
  const job: FlashJob = { board, files, role, dryRun: options.dryRun === true, yes: options.yes === true };
  const outcomes = await flashAll(ports, job);
  if (json) {
    const { name, tier } = board;
    const facts = { board: name, tier, product: product.name, role: role ?? null, ok: exitCodeOf(outcomes) === 0 };
    process.stdout.write(JSON.stringify({ ...facts, boards: outcomes.map(jsonOf) }) + "\n");
  } else for (const words of outcomes.map(wordsOf)) if (words !== undefined) process.stdout.write(words + "\n");
  for (const line of complaintsOf(outcomes)) process.stderr.write(line + "\n");
  process.exitCode = exitCodeOf(outcomes);
}

/** Each on its own: what one board refuses does not stop another. */
async function flashAll(ports: readonly string[], job: FlashJob): Promise<PortOutcome[]> {
  const lines = new PortLines(ports);
  try {
    return await Promise.all(ports.map((port) => flashOne(port, job, (line) => lines.say(port, line))));
  } finally {
    lines.clear();
  }
}

async function flashOne(port: string, job: FlashJob, say: (line: string) => void): Promise<PortOutcome> {
  try {
    const result = await flashBoard(port, job, say);
    say(result.status);
    return { port, result };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.code);
    return { port, result: error };
  }
}
