// SPDX-License-Identifier: Apache-2.0
// lightline decode FILE...: what the receiver makes of captured light.
import { Command } from "commander";
import type { Decoded } from "../decode.js";
import { decodeLight } from "../decode.js";
import { UserError } from "../errors.js";
import { examine } from "../light/watch/examine.js";
import { explain, explanationOf } from "../light/watch/explain.js";
import type { NamedLight } from "../light/read/light-file.js";
import { lightsOf } from "../light/read/light-file.js";
import { openSource } from "../light/read/source.js";
import { parseLine } from "../light/text-form.js";
import { traceLines } from "../light/watch/trace.js";
import { wholeNumber } from "../options.js";

/** Some file held no complete frame; some could not be read. */
const EXIT_INCOMPLETE = 1;
const EXIT_UNREADABLE = 2;

interface Options {
  readonly line?: string[];
  readonly sampleHz?: number;
  readonly explain?: true;
  readonly trace?: true;
  readonly json?: true;
}

const HELP = `
A capture is JSON (test/vectors/README.md), or bare unsigned bytes with --sample-hz, or text forms, a line each:
  samples HZ BASE64    edges +420 -415 ...    pulses 0.75 1.02 ...    symbols burst +0.98 -1.01 ...
  bits tri-level 00101010...    frame burst 501b...    entries 0104...
What --trace prints can be decoded again, all of it or a line. It holds what the light holds, passwords and tokens too;
what --explain adds holds none.`;

export function decodeCommand(): Command {
  const aRate = wholeNumber("--sample-hz", 100, 20_000);
  return new Command("decode")
    .description("decode captured light; exit 0 when every capture holds a complete frame, 1 otherwise")
    .argument("[file...]", "captures; - is standard input")
    .option("--line <text>", "light as a text form; may be given again", gather)
    .option("--sample-hz <rate>", "the captures are bare samples, so many a second", aRate)
    .option("--explain", "say what happened at each gate of the receiver, and what to do")
    .option("--trace", "print the light at each part of the receiver, as text forms")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action((files: string[], options: Options, command: Command) => {
      const { line: lines = [] } = options;
      if (!process.stdout.listeners("error").includes(stopUnread)) process.stdout.on("error", stopUnread);
      if (!files.length && !lines.length) command.error("error: name a capture, or light with --line");
      const codes = [
        ...lines.map((line) => sayAll(() => [{ name: "--line", light: parseLine("--line", line) }], options)),
        ...files.map((file) => sayAll(() => lightsOf(openSource(file), options.sampleHz), options)),
      ];
      process.exitCode = Math.max(...codes);
    });
}

const gather = (line: string, before: string[] = []): string[] => [...before, line];

/** Who reads what is printed, head perhaps, has seen enough. */
function stopUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

/** The exit code for one input. What is wrong with it is said, and the next has its turn. */
function sayAll(open: () => Iterable<NamedLight>, options: Options): number {
  let code = 0;
  try {
    for (const named of open()) if (say(named, options).status !== "complete") code = EXIT_INCOMPLETE;
    return code;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return EXIT_UNREADABLE;
  }
}

function say({ name, light }: NamedLight, options: Options): Decoded {
  if (!options.explain && !options.trace) {
    const decoded = decodeLight(light);
    print([options.json ? JSON.stringify({ file: name, ...decoded }) : describe(name, decoded)]);
    return decoded;
  }
  const examined = examine(light);
  const { decoded } = examined;
  const trace = options.trace ? traceLines(light, examined) : [];
  if (options.json) {
    const more = { ...(options.explain && { explain: explanationOf(examined) }), ...(options.trace && { trace }) };
    print([JSON.stringify({ file: name, ...decoded, ...more })]);
  } else {
    const said = [describe(name, decoded), ...(options.explain ? explain(examined) : [])];
    // Among text forms whatever is none is a remark.
    print(options.trace ? [...trace, ...said.map((line) => `# ${line}`)] : said);
  }
  return decoded;
}

function describe(file: string, { status, ...fields }: Decoded): string {
  const said = Object.entries(fields).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${file}: ${[status, ...said].join(", ")}`;
}

const print = (lines: readonly string[]): boolean => process.stdout.write(lines.map((line) => line + "\n").join(""));
