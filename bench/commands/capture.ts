// SPDX-License-Identifier: Apache-2.0
// lightline capture --out FILE: what a board's light sensor sees, of a real board or of a virtual one.
import { Command, Option } from "commander";
import { loadBoard } from "../build/boards.js";
import { captureBoard, chooseSensor } from "../capture/board-capture.js";
import type { Captured } from "../capture/captured.js";
import type { SensorChoice } from "../capture/recording.js";
import type { TimedLight } from "../capture/timed-light.js";
import { fileLight, showLight } from "../capture/timed-light.js";
import { captureVirtual } from "../capture/virtual-capture.js";
import { UserError } from "../errors.js";
import { share, wholeNumber } from "../options.js";
import { checkOutFile, writeOutFile } from "../out-file.js";
import { Progress } from "../progress.js";
import type { SettingsOptions } from "../send/settings-options.js";
import { addSettings, readSettings } from "../send/settings-options.js";
import { entriesOf } from "../send/settings.js";
import { needsScreen, showOf } from "../send/show.js";

interface CaptureOptions extends SettingsOptions {
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly sensor?: SensorChoice["sensor"];
  readonly sampleHz?: number;
  readonly virtual?: boolean;
  readonly vector?: string;
  readonly ambient: number;
  readonly swing: number;
  readonly noise: number;
  readonly ripple: number;
  readonly mains: number;
  readonly panel: number;
  readonly seed: number;
  readonly port?: string;
  readonly board?: string;
  readonly pin?: number;
  readonly seconds: number;
}

const VIRTUAL_HZ = 600;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 20_000;
const HIGHEST_BOARD_HZ = 2000;
const MOST_SECONDS = 600;
/** Blocks or edges are missing. */
const EXIT_INCOMPLETE = 1;

export function captureCommand(): Command {
  const command = new Command("capture")
    .description("write what a light sensor sees into a file that decode reads; exit 1 when some of it is missing")
    .requiredOption("--out <file>", "the capture file to make")
    .option("--force", "write over a file that is there")
    .addOption(new Option("--sensor <kind>", "the board's own unless said").choices(["analog", "edges"]))
    .option("--sample-hz <n>", "samples a second", wholeNumber("--sample-hz", LOWEST_HZ, HIGHEST_HZ))
    .option("--json", "print one JSON object");
  addBoardOptions(command.optionsGroup("A real board:"));
  addRoomOptions(command.optionsGroup("A virtual board, and the room that it is in:"));
  command.optionsGroup("Light for the virtual board:").option("--vector <file>", "a file's light instead of settings");
  addSettings(command);
  return command.action(capture);
}

function addBoardOptions(command: Command): void {
  command
    .option("--port <port>", "its serial port, or tcp://host:port")
    .option("--board <name>", "which of boards/ it is, and with that the pin of its light sensor")
    .option("--pin <gpio>", "another pin", wholeNumber("--pin", 0, 255))
    .option("--seconds <n>", "how long", wholeNumber("--seconds", 1, MOST_SECONDS), 10);
}

function addRoomOptions(command: Command): void {
  command
    .option("--virtual", "what a virtual board sees")
    .option("--ambient <share>", "level without light, of full scale", share("--ambient"), 0.1)
    .option("--swing <share>", "what full light adds", share("--swing"), 0.5)
    .option("--noise <share>", "standard deviation, of the swing", share("--noise"), 0)
    .option("--ripple <share>", "amplitude of the lamps' ripple, of the swing", share("--ripple"), 0)
    .option("--mains <hz>", "frequency of the ripple", wholeNumber("--mains", 1, 1000), 100)
    .option("--panel <ms>", "time constant of panel and sensor", wholeNumber("--panel", 0, 1000), 0)
    .option("--seed <n>", "repeats the noise", wholeNumber("--seed", 0, 2147483647), 1);
}

async function capture(options: CaptureOptions): Promise<void> {
  if ((options.virtual === undefined) === (options.port === undefined))
    throw new UserError("SETTINGS_MISSING", "Whose light is it? Say --virtual, or --port PORT and --board NAME.");
  checkOutFile(options.out, options.force);
  await (options.port === undefined ? virtual(options) : real(options, options.port));
}

async function virtual(options: CaptureOptions): Promise<void> {
  const { ambient, swing, noise, ripple, mains: mainsHz, panel: panelMs, seed, sensor } = options;
  const sampleHz = sensor === "edges" ? undefined : (options.sampleHz ?? VIRTUAL_HZ);
  const light = options.vector === undefined ? await settingsLight(options, sampleHz) : fileLight(options.vector);
  const room = { ambient, swing, noise, ripple, mainsHz, panelMs, seed };
  keep(options, captureVirtual(light, room, sampleHz), "a virtual board");
}

async function settingsLight(options: CaptureOptions, sampleHz: number | undefined): Promise<TimedLight> {
  const entries = entriesOf(await readSettings(options));
  const { waveform, rate: rateHz, repeat } = options;
  if (sampleHz === undefined && needsScreen(waveform))
    throw new UserError(
      "SETTINGS_WAVEFORM",
      `A comparator sees no grey, and ${waveform} needs it: leave out --sensor edges.`,
    );
  return showLight(showOf(entries, { waveform, rateHz, repeat, sampleHz }));
}

async function real(options: CaptureOptions, port: string): Promise<void> {
  if (options.board === undefined)
    throw new UserError(
      "SETTINGS_MISSING",
      "Which board is it? Say --board NAME; its light pin is in boards/NAME.json.",
    );
  if ((options.sampleHz ?? 0) > HIGHEST_BOARD_HZ)
    throw new UserError(
      "SETTINGS_RATE",
      `A board takes at most ${HIGHEST_BOARD_HZ} samples a second: say a lower --sample-hz.`,
    );
  const choice = chooseSensor(loadBoard(options.board), options);
  const { captured, identity, lost } = await captureBoard(port, choice, options.seconds, new Progress());
  const { gpio, board: name } = choice;
  const facts = { ...captured.facts, board: { name, gpio, ...identity }, ...(lost && { complete: false }) };
  keep(options, { ...captured, facts }, `GPIO ${gpio} of ${name}, Espruino ${identity.firmware} for ${identity.chip}`);
  if (lost)
    throw new UserError(
      "BOARD_LOST",
      `${lost.message} The ${captured.facts.seconds.toFixed(1)} s before that are in ${options.out}.`,
      lost.exitCode,
    );
}

function keep({ out, json }: CaptureOptions, { content, facts, lines }: Captured, whose: string): void {
  writeOutFile(out, content);
  const words = [`${out}: ${facts.seconds.toFixed(1)} s of ${whose}`, ...lines].join("\n  ");
  process.stdout.write((json ? JSON.stringify({ file: out, ...facts }) : words) + "\n");
  if (!facts.complete) process.exitCode = EXIT_INCOMPLETE;
}
