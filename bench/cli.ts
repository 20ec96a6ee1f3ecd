// SPDX-License-Identifier: Apache-2.0
// The commands, and what becomes of an error: one sentence on stderr and a stable exit code.
import { Command, CommanderError } from "commander";
import { apiKeyCommand } from "./commands/api-key.js";
import { captureCommand } from "./commands/capture.js";
import { decodeCommand } from "./commands/decode.js";
import { decreeCommands } from "./commands/decree.js";
import { doctorCommand } from "./commands/doctor.js";
import { exportCommand } from "./commands/export.js";
import { fixtureCommand } from "./commands/fixture.js";
import { flashCommand } from "./commands/flash.js";
import { flashDumpCommand } from "./commands/flash-dump.js";
import { initCommand } from "./commands/init.js";
import { keysCommand } from "./commands/keys.js";
import { lineCommand } from "./commands/line.js";
import { lookCommands } from "./commands/look.js";
import { sendCommand } from "./commands/send.js";
import { serveCommand } from "./commands/serve.js";
import { tuneCommand } from "./commands/tune.js";
import { verifyCommand } from "./commands/verify.js";
import { UserError } from "./errors.js";

/** Wrong use, or input that cannot be read. */
const EXIT_USAGE = 2;

/** Runs one command; returns its exit code. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("lightline")
    .description("An open Connected Factory: enrol by light, test, bless, wipe")
    .showHelpAfterError("(lightline --help lists the commands)");
  const commands = [
    lineCommand(),
    serveCommand(),
    flashCommand(),
    doctorCommand(),
    fixtureCommand(),
    keysCommand(),
    ...lookCommands(),
    exportCommand(),
    ...decreeCommands(),
    apiKeyCommand(),
    verifyCommand(),
    flashDumpCommand(),
    decodeCommand(),
    initCommand(),
    captureCommand(),
    sendCommand(),
    tuneCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  throwInstead(program);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return explain(error);
  }
}

/** Commander would end the process. */
function throwInstead(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInstead);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  return error.exitCode;
}
