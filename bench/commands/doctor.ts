// SPDX-License-Identifier: Apache-2.0
// lightline doctor: what is missing before a board can be flashed and a line run, in the order in which to mend it.
import { Command } from "commander";
import { loadBoard } from "../build/boards.js";
import { loadProduct } from "../build/product.js";
import { askOf, tierOf } from "../build/tiers.js";
import { checkBoard } from "../doctor/board.js";
import { checkNode, checkPorts } from "../doctor/environment.js";
import type { Finding } from "../doctor/finding.js";
import { ok } from "../doctor/finding.js";
import { checkData, checkServer } from "../doctor/server.js";

interface DoctorOptions {
  readonly port?: string;
  readonly board: string;
  readonly product: string;
  readonly data?: string;
  readonly json?: boolean;
}

const EXIT_WRONG = 1;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "look at this machine, a board and the server; say what is wrong and what to do; exit 1 when something is",
    )
    .option("--port <port>", "a board's serial port, or tcp://host:port")
    .option("--board <name>", "which of boards/ it is", "esp32-devkitc")
    .option("--product <dir>", "the product's folder, which names the server", "examples/hello-sensor")
    .option("--data <dir>", "the server's data folder")
    .option("--json", "print one JSON object")
    .action(doctor);
}

async function doctor({ port, board: name, product: dir, data, json }: DoctorOptions): Promise<void> {
  const board = loadBoard(name);
  const product = loadProduct(dir);
  const findings: Finding[] = [checkNode(), await checkPorts(port !== undefined)];
  findings.push(ok("support", `${board.name} is of ${tierOf(board)}${askOf(board)}`));
  if (port !== undefined) findings.push(...(await checkBoard(port, board)));
  findings.push(await checkServer(product));
  if (data !== undefined) findings.push(await checkData(data, product));
  const isWell = findings.every(({ state }) => state !== "wrong");
  const words = findings.map(wordsOf).join("\n");
  process.stdout.write((json ? JSON.stringify({ ok: isWell, findings }) : words) + "\n");
  if (!isWell) process.exitCode = EXIT_WRONG;
}

const wordsOf = ({ what, state, words, steps = [] }: Finding): string =>
  [`${state.padEnd(5)}  ${what}: ${words}`, ...steps.map((step, i) => `         ${i + 1}. ${step}`)].join("\n");
