// SPDX-License-Identifier: Apache-2.0
// The commands, and what becomes of an error: one sentence on stderr and a stable exit code.
import { Command, CommanderError } from "commander";
import { isUserError } from "./errors.js";

/** Wrong use, or input that cannot be read. */
const EXIT_USAGE = 2;

interface Family {
  readonly names: readonly string[];
  readonly load: () => Promise<Command[]>;
}

const family = (names: string, load: Family["load"]): Family => ({ names: names.split(" "), load });

/** In the order of the help. Each is loaded only when it is asked for: all together take seconds. */
export const FAMILIES = [
  family("line", async () => [(await import("./commands/line.js")).lineCommand()]),
  family("serve", async () => [(await import("./commands/serve.js")).serveCommand()]),
  family("flash", async () => [(await import("./commands/flash.js")).flashCommand()]),
  family("image", async () => [(await import("./commands/image.js")).imageCommand()]),
  family("selftest", async () => [(await import("./commands/selftest.js")).selftestCommand()]),
  family("boards", async () => [(await import("./commands/boards.js")).boardsCommand()]),
  family("watch", async () => [(await import("./commands/watch.js")).watchCommand()]),
  family("doctor", async () => [(await import("./commands/doctor.js")).doctorCommand()]),
  family("fixture", async () => [(await import("./commands/fixture.js")).fixtureCommand()]),
  family("keys", async () => [(await import("./commands/keys.js")).keysCommand()]),
  family("units runs tokens", async () => (await import("./commands/look.js")).lookCommands()),
  family("audit", async () => [(await import("./commands/audit.js")).auditCommand()]),
  family("groups", async () => [(await import("./commands/groups.js")).groupsCommand()]),
  family("export", async () => [(await import("./commands/export.js")).exportCommand()]),
  family("unbless scrap", async () => (await import("./commands/decree.js")).decreeCommands()),
  family("api-key", async () => [(await import("./commands/api-key.js")).apiKeyCommand()]),
  family("webhooks", async () => [(await import("./commands/webhooks.js")).webhooksCommand()]),
  family("verify", async () => [(await import("./commands/verify.js")).verifyCommand()]),
  family("flash-dump", async () => [(await import("./commands/flash-dump.js")).flashDumpCommand()]),
  family("decode", async () => [(await import("./commands/decode.js")).decodeCommand()]),
  family("init", async () => [(await import("./commands/init.js")).initCommand()]),
  family("capture", async () => [(await import("./commands/capture.js")).captureCommand()]),
  family("send", async () => [(await import("./commands/send.js")).sendCommand()]),
  family("tune", async () => [(await import("./commands/tune.js")).tuneCommand()]),
];

/** Runs one command; returns its exit code. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("lightline")
    .description("An open Connected Factory: enrol by light, test, bless, wipe")
    .showHelpAfterError("(lightline --help lists the commands)");
  const asked = FAMILIES.filter(({ names }) => names.includes(argv[2] ?? ""));
  const loaded = await Promise.all((asked.length ? asked : FAMILIES).map(({ load }) => load()));
  for (const command of loaded.flat()) program.addCommand(command);
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
  if (!isUserError(error)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  return error.exitCode;
}
