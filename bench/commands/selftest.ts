// SPDX-License-Identifier: Apache-2.0
// lightline selftest: what a board is worth, phase by phase, of a real board or of a virtual one.
import { Command, InvalidArgumentError } from "commander";
import type { Board } from "../build/boards.js";
import { loadBoard } from "../build/boards.js";
import type { Pair } from "../build/phases.js";
import { PHASE_NAMES, selfTestOptions } from "../build/phases.js";
import { loadProduct } from "../build/product.js";
import { UserError } from "../errors.js";
import { wholeNumber } from "../options.js";
import { Progress } from "../progress.js";
import { buildPrograms } from "../selftest/programs.js";
import { exitCodeOf, jsonOf, wordsOf } from "../selftest/report.js";
import type { PhaseResult } from "../selftest/results.js";
import { unrun } from "../selftest/results.js";
import type { SelfTestReport } from "../selftest/self-test.js";
import { runSelfTest } from "../selftest/self-test.js";
import { startVirtualBoard, VIRTUAL_NETWORK } from "../selftest/virtual.js";
import { passwordMeant } from "../send/settings-options.js";

interface SelfTestCommandOptions {
  readonly port?: string;
  readonly board?: string;
  readonly virtual?: boolean;
  readonly speed: number;
  readonly product?: string;
  readonly only?: readonly string[];
  readonly loopback?: readonly Pair[];
  readonly press?: boolean;
  readonly ssid?: string;
  readonly password?: string;
  readonly url?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

const CLOCK = "clock";
const VIRTUAL_LOOPBACK: readonly Pair[] = [["pinC", "pinD"]];
const FASTEST = 100;

export function selftestCommand(): Command {
  const command = new Command("selftest")
    .description("test a board phase by phase, from RAM, and start it again; exit 1 when something failed")
    .option("--product <dir>", "run the phases of its selftest.ts too")
    .option("--only <phase...>", `of the built-in phases only these: ${[CLOCK, ...PHASE_NAMES].join(", ")}`)
    .option("--strict", "what is near a limit fails too")
    .option("--json", "print one JSON object");
  command
    .optionsGroup("A real board:")
    .option("--port <port>", "its serial port, or tcp://host:port")
    .option("--board <name>", "which of boards/ it is")
    .option("--loopback <out:in>", "pins that a wire joins, such as pinC:pinD; again for more", addPair)
    .option("--press", "somebody is there to press its button")
    .option("--ssid <name>", "a network to join")
    .option("--password <text>", '"-" for LIGHTLINE_PASSWORD or standard input, "" for an open network')
    .option("--url <url>", "a server to call there, http://host[:port]/, such as the factory's");
  command
    .optionsGroup("A virtual board, which has all of these:")
    .option("--virtual", "test one that is emulated")
    .option("--speed <n>", "its time goes so many times faster", wholeNumber("--speed", 1, FASTEST), 1);
  return command.action(selftest);
}

function addPair(text: string, pairs: readonly Pair[] = []): readonly Pair[] {
  const [, out, into] = /^(pin\w+):(pin\w+)$/.exec(text) ?? [];
  if (out === undefined || into === undefined)
    throw new InvalidArgumentError("--loopback takes two of the board's pins, such as pinC:pinD.");
  return [...pairs, [out, into]];
}

async function selftest(options: SelfTestCommandOptions): Promise<void> {
  if ((options.virtual === undefined) === (options.port === undefined))
    throw new UserError("SETTINGS_MISSING", "Which board is it? Say --port PORT and --board NAME, or --virtual.");
  if (options.port !== undefined && options.board === undefined)
    throw new UserError("SETTINGS_MISSING", "Which board is it? Say --board NAME; its pins are in boards/NAME.json.");
  const board = loadBoard(options.board ?? "virtual");
  const report = await (options.port === undefined
    ? testVirtual(board, options)
    : testReal(board, options, options.port));
  process.stdout.write(
    (options.json
      ? JSON.stringify({ board: board.name, ok: exitCodeOf(report, options.strict === true) === 0, ...jsonOf(report) })
      : wordsOf(report)) + "\n",
  );
  if (report.lost) process.stderr.write(`${report.lost.code}: ${report.lost.message}\n`);
  process.exitCode = exitCodeOf(report, options.strict === true);
}

async function testVirtual(board: Board, options: SelfTestCommandOptions): Promise<SelfTestReport> {
  const { loopback = VIRTUAL_LOOPBACK } = options;
  const world = { ...options, ...VIRTUAL_NETWORK, loopback, press: false };
  const virtual = await startVirtualBoard(board, loopback, options.speed);
  try {
    return await testAt(board, world, virtual.port, virtual.nowMs);
  } finally {
    await virtual.close();
  }
}

async function testReal(board: Board, options: SelfTestCommandOptions, port: string): Promise<SelfTestReport> {
  const { password } = options;
  const known = { ...options, ...(password !== undefined && { password: await passwordMeant(password) }) };
  return testAt(board, known, port, () => performance.now());
}

async function testAt(
  board: Board,
  options: SelfTestCommandOptions,
  port: string,
  nowMs: () => number,
): Promise<SelfTestReport> {
  const chosen = choosePhases(options);
  const { ssid, password } = options;
  const linked = selfTestOptions(board, {
    ...options,
    ...(ssid !== undefined && { ssid: bytesOf(ssid) }),
    ...(password !== undefined && { password: bytesOf(password) }),
  });
  const product = options.product === undefined ? undefined : loadProduct(options.product);
  const progress = new Progress();
  try {
    progress.say("building");
    const programs = await buildPrograms(board, linked, chosen.run, product);
    const { clock, skipped } = chosen;
    return await runSelfTest({ port, board, programs, clock, skipped, nowMs }, (line) => progress.say(line));
  } finally {
    progress.end();
  }
}

/** As a board has text. */
const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

interface ChosenPhases {
  readonly run: readonly string[];
  readonly clock: boolean;
  readonly skipped: readonly PhaseResult[];
}

/** What nobody said enough about is skipped, unless it was named. @throws UserError PHASE_UNKNOWN, SETTINGS_MISSING */
function choosePhases({ only, loopback, ssid, password, url }: SelfTestCommandOptions): ChosenPhases {
  const known = [CLOCK, ...PHASE_NAMES];
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UserError("PHASE_UNKNOWN", `There is no phase "${unknown}"; the built-in ones are ${known.join(", ")}.`);
  const asked = only ? known.filter((name) => only.includes(name)) : known;
  const joined = loopback ? undefined : "say --loopback pinC:pinD to run it";
  const lacks: { readonly [phase: string]: string | undefined } = {
    loopback: joined,
    "sampler-edges": joined,
    http:
      ssid !== undefined && password !== undefined && url !== undefined
        ? undefined
        : "say --ssid, --password and --url to run it",
  };
  const lacking = asked.filter((name) => lacks[name] !== undefined);
  const named = lacking.find((name) => only?.includes(name));
  if (named !== undefined) throw new UserError("SETTINGS_MISSING", `${named} wants to know more: ${lacks[named]}.`);
  return {
    run: asked.filter((name) => name !== CLOCK && !lacking.includes(name)),
    clock: asked.includes(CLOCK),
    skipped: lacking.map((name) => unrun(name, "skipped", lacks[name] as string)),
  };
}
