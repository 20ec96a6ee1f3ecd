// SPDX-License-Identifier: Apache-2.0
// lightline line: the whole factory on virtual boards, with the firmware that ships.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { EntryType, findEntry } from "../../firmware/core/blinkup/entries.js";
import type { LightSource } from "../../hal/sim/models/light-channel.js";
import { buildAgents } from "../build/agents.js";
import { loadBoard } from "../build/boards.js";
import { buildStages } from "../build/build.js";
import { loadProduct } from "../build/product.js";
import { captureLight, readCapture } from "../capture-file.js";
import type { Capture } from "../capture-file.js";
import { receiveEntries } from "../decode.js";
import { UserError } from "../errors.js";
import type { LineReport } from "../line/report.js";
import { formatReport } from "../line/report.js";
import { Shift } from "../line/shift.js";
import { ShiftView } from "../line/shift-view.js";
import { VirtualLine } from "../line/virtual-line.js";
import { share, wholeNumber } from "../options.js";
import { withServerErrors } from "../server-errors.js";

interface LineCommandOptions {
  readonly duts?: number;
  readonly seed: number;
  readonly failRate: number;
  readonly product: string;
  readonly vector?: string;
  readonly keep?: string;
  readonly json?: boolean;
}

const DEFAULT_DUTS = 4;
const MOST_DUTS = 999;
/** A unit did not end as it should. */
const EXIT_BAD_END = 1;

export function lineCommand(): Command {
  return new Command("line")
    .description("run a factory line on virtual boards, with the firmware that ships")
    .option("--duts <n>", `units to take through it (default ${DEFAULT_DUTS})`, wholeNumber("--duts", 1, MOST_DUTS))
    .option("--seed <n>", "repeats a run", wholeNumber("--seed", 0, 2147483647), 1)
    .option("--fail-rate <share>", "share of units that are built to fail", share("--fail-rate"), 0)
    .option("--product <dir>", "the product's folder", "examples/hello-sensor")
    .option("--vector <file>", "this light instead of the fixture's, for one unit")
    .option("--keep <dir>", "keep the server's data folder and the stages there")
    .option("--json", "print the report as JSON, and nothing else")
    .action((options: LineCommandOptions) => withServerErrors(() => runLine(options)));
}

async function runLine(options: LineCommandOptions): Promise<void> {
  const light = options.vector === undefined ? undefined : foreignLight(options.vector, options.duts);
  const product = loadProduct(options.product);
  const board = loadBoard(product.board).name;
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), "lightline-"));
  const view = new ShiftView(options.json ? "silent" : process.stdout.isTTY ? "live" : "plain");
  try {
    const started = performance.now();
    const build = await view.during(`Building ${product.name} for ${board}`, () =>
      buildStages({ boards: [board], product: product.dir, outDir: join(folder, "dist") }),
    );
    const agents = await buildAgents(product);
    const built = performance.now();
    const line = new VirtualLine({ product, build, agents, board, seed: options.seed, dataDir: join(folder, "data") });
    const report = await work(line, options, light, view);
    const whole: LineReport = {
      ...report,
      seed: options.seed,
      product: product.name,
      buildS: (built - started) / 1000,
      wallS: (performance.now() - built) / 1000,
      dataDir: options.keep === undefined ? null : resolve(folder),
    };
    process.stdout.write(options.json ? JSON.stringify(whole) + "\n" : formatReport(whole));
    if (!whole.ok) process.exitCode = EXIT_BAD_END;
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

type WorkReport = Pick<LineReport, "ok" | "units" | "virtualS">;

async function work(
  line: VirtualLine,
  options: LineCommandOptions,
  light: ForeignLight | undefined,
  view: ShiftView,
): Promise<WorkReport> {
  try {
    await view.during("Starting the factory server and the fixture", () => line.start());
    if (light) await admitLight(line, light, view);
    const duts = light ? 1 : (options.duts ?? DEFAULT_DUTS);
    const shift = new Shift(line, { duts, seed: options.seed, failRate: options.failRate, light: light?.source });
    await view.follow(shift, duts);
    const units = await Promise.all(shift.units.map((seated) => shift.report(seated)));
    return { ok: units.every((unit) => unit.ok), units, virtualS: line.clock.millis() / 1000 };
  } finally {
    await line.close();
  }
}

interface ForeignLight {
  readonly entries: Uint8Array;
  readonly source: (startUs: number) => LightSource;
}

/** A token serves one unit, so light from a file does too. */
function foreignLight(file: string, duts: number | undefined): ForeignLight {
  if (duts !== undefined && duts !== 1)
    throw new UserError(
      "VECTOR_ONE_UNIT",
      "Light from a file holds one token, which serves one unit: leave out --duts.",
    );
  const capture: Capture = readCapture(file);
  const entries = receiveEntries(capture);
  const find = (type: EntryType): Uint8Array | undefined =>
    entries instanceof Uint8Array ? findEntry(entries, entries.length, type) : undefined;
  if (!(entries instanceof Uint8Array) || !find(EntryType.Enrolment))
    throw new UserError(
      "VECTOR_NO_TOKEN",
      `${file} holds no complete frame with an enrolment token: see what it holds with lightline decode.`,
    );
  return { entries, source: (startUs) => captureLight(capture, startUs) };
}

/** The throw-away server and the virtual radio take this light's token and network for theirs. */
async function admitLight(line: VirtualLine, { entries }: ForeignLight, view: ShiftView): Promise<void> {
  const find = (type: EntryType): Uint8Array => findEntry(entries, entries.length, type) ?? new Uint8Array(0);
  const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
  const ssid = latin1(find(EntryType.Ssid));
  line.radio.accessPoints.push({ ssid, password: latin1(find(EntryType.Password)) });
  await line.server?.admin.registerToken(line.product.name, find(EntryType.Enrolment).slice());
  view.say(
    `This light's token, and its network "${Buffer.from(ssid, "latin1").toString()}", are registered in this throw-away line.`,
  );
}
