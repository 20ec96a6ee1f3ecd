// SPDX-License-Identifier: Apache-2.0
// Settings and waveform on the command line; a password need not stand there, and is never printed.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Command } from "commander";
import { Option } from "commander";
import { UserError } from "../errors.js";
import type { Waveform } from "../ladder/emission.js";
import { wholeNumber } from "../options.js";
import type { Settings } from "./settings.js";
import { WAVEFORMS } from "./show.js";

export interface SettingsOptions {
  readonly ssid?: string;
  readonly password?: string;
  readonly token?: string;
  readonly server?: string;
  readonly waveform: Waveform;
  readonly rate?: number;
  readonly repeat: number;
}

const HIGHEST_RATE = 2000;
const MOST_REPEATS = 20;

export function addSettings(command: Command): Command {
  return command
    .option("--ssid <name>", "the network's name")
    .option("--password <text>", '"-" for LIGHTLINE_PASSWORD or standard input, "" for an open network')
    .option("--token <hex>", "the enrolment token, 16 bytes in the order of the air")
    .option("--server <url>", "the factory server's address, http://host[:port]")
    .addOption(new Option("--waveform <name>", "how it is said").choices([...WAVEFORMS]).default("bi-level"))
    .option("--rate <n>", "symbols or unit intervals a second", wholeNumber("--rate", 1, HIGHEST_RATE))
    .option("--repeat <n>", "how often the frame is shown", wholeNumber("--repeat", 1, MOST_REPEATS), 1);
}

/** @throws UserError SETTINGS_MISSING */
export async function readSettings(options: SettingsOptions): Promise<Settings> {
  const { ssid, password, token, server } = options;
  if (ssid === undefined)
    throw new UserError("SETTINGS_MISSING", "There is nothing to say: give --ssid and --password, or --vector FILE.");
  if (password === undefined)
    throw new UserError("SETTINGS_MISSING", 'The network\'s password is missing: give --password, "" for an open one.');
  return {
    ssid,
    password: await passwordMeant(password),
    ...(token !== undefined && { token }),
    ...(server !== undefined && { server }),
  };
}

/** "-" stands for LIGHTLINE_PASSWORD or standard input. @throws UserError SETTINGS_MISSING */
export const passwordMeant = (password: string): Promise<string> =>
  secretMeant(password, "LIGHTLINE_PASSWORD", "password");

/** "-" stands for a variable of the environment, or standard input. @throws UserError SETTINGS_MISSING */
export async function secretMeant(secret: string, variable: string, what: string): Promise<string> {
  return secret === "-" ? (process.env[variable] ?? (await readSecret(what))) : secret;
}

/** One line of standard input; a terminal does not show it. */
async function readSecret(what: string): Promise<string> {
  const { stdin, stderr } = process;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (stdin.isTTY) stderr.write(`${what.charAt(0).toUpperCase()}${what.slice(1)}: `);
  const lines = createInterface({ input: stdin, output: nowhere, terminal: stdin.isTTY });
  try {
    for await (const line of lines) return line;
    throw new UserError("SETTINGS_MISSING", `Standard input ended without a ${what}: write it there in one line.`);
  } finally {
    lines.close();
    if (stdin.isTTY) stderr.write("\n");
  }
}
