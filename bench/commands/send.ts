// SPDX-License-Identifier: Apache-2.0
// lightline send: settings, or the frame of a file, as light: into a file, or from a real board's lamp.
import { Command } from "commander";
import { loadBoard } from "../build/boards.js";
import { UserError } from "../errors.js";
import { lightsOf } from "../light/read/light-file.js";
import { receiveLight } from "../light/reception.js";
import { Source } from "../light/read/source.js";
import { wholeNumber } from "../options.js";
import { checkOutFile, writeOutFile } from "../out-file.js";
import { Progress } from "../progress.js";
import { chooseLamp, playShow } from "../send/lamp.js";
import type { SettingsOptions } from "../send/settings-options.js";
import { addSettings, readSettings } from "../send/settings-options.js";
import { entriesOf } from "../send/settings.js";
import { needsScreen, secondsOf, showOf } from "../send/show.js";
import { showContent } from "../send/show-file.js";

interface SendOptions extends SettingsOptions {
  readonly vector?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly sampleHz?: number;
  readonly port?: string;
  readonly board?: string;
  readonly pin?: number;
  readonly json?: boolean;
}

const LOWEST_HZ = 100;
const HIGHEST_HZ = 20_000;

export function sendCommand(): Command {
  const command = new Command("send")
    .description("settings as light, into a file that decode reads or from a real board's lamp")
    .option("--vector <file>", "send the frame of this file instead of settings")
    .option("--json", "print one JSON object");
  addSettings(command.optionsGroup("What to say, and how:"));
  return command
    .optionsGroup("Into a file:")
    .option("--out <file>", "the file to make")
    .option("--force", "write over a file that is there")
    .option("--sample-hz <n>", "samples instead of symbols or edges", wholeNumber("--sample-hz", LOWEST_HZ, HIGHEST_HZ))
    .optionsGroup("From a real board:")
    .option("--port <port>", "its serial port, or tcp://host:port")
    .option("--board <name>", "which of boards/ it is, and with that the pin of its lamp")
    .option("--pin <gpio>", "another pin", wholeNumber("--pin", 0, 255))
    .action(send);
}

async function send(options: SendOptions): Promise<void> {
  if ((options.out === undefined) === (options.port === undefined))
    throw new UserError(
      "SETTINGS_MISSING",
      "Where is the light to go? Say --out FILE, or --port PORT and --board NAME.",
    );
  const entries = options.vector === undefined ? entriesOf(await readSettings(options)) : entriesIn(options.vector);
  await (options.port === undefined
    ? toFile(options, entries, options.out as string)
    : toLamp(options, entries, options.port));
}

/** The entries of the first complete frame. */
function entriesIn(file: string): Uint8Array {
  for (const { light } of lightsOf(new Source(file))) {
    const { entries } = receiveLight(light);
    if (entries) return entries;
  }
  throw new UserError("VECTOR_NO_FRAME", `${file} holds no complete frame: see what it holds with lightline decode.`);
}

async function toFile(options: SendOptions, entries: Uint8Array, out: string): Promise<void> {
  checkOutFile(out, options.force);
  const { waveform, rate: rateHz, repeat, sampleHz } = options;
  const show = showOf(entries, { waveform, rateHz, repeat, sampleHz });
  const content = showContent(show, sampleHz);
  writeOutFile(out, content);
  const facts = { waveform, rateHz: show.rateHz, repeat, entriesBytes: entries.length, seconds: secondsOf(show) };
  say(options, { ...facts, file: out, kind: content.kind }, `${out}: ${sentence(facts)}`);
}

async function toLamp(options: SendOptions, entries: Uint8Array, port: string): Promise<void> {
  const { waveform, rate: rateHz, repeat } = options;
  if (options.board === undefined)
    throw new UserError("SETTINGS_MISSING", "Which board is it? Say --board NAME; its emitter is in boards/NAME.json.");
  if (needsScreen(waveform))
    throw new UserError(
      "SETTINGS_WAVEFORM",
      `A lamp has no grey, and ${waveform} needs it: say --waveform bi-level or burst.`,
    );
  const board = loadBoard(options.board);
  const lamp = chooseLamp(board, options.pin);
  const show = showOf(entries, { waveform, rateHz, repeat: 1 });
  const { identity, by, seconds } = await playShow(port, lamp, show, repeat, new Progress());
  const facts = { waveform, rateHz: show.rateHz, repeat, entriesBytes: entries.length, seconds };
  const where = { name: board.name, gpio: lamp.pin, ...identity };
  say(
    options,
    { ...facts, by, board: where },
    `Sent ${sentence(facts)} by GPIO ${lamp.pin} of ${board.name}, Espruino ${identity.firmware} for ${identity.chip}`,
  );
}

interface SendFacts {
  readonly waveform: string;
  readonly rateHz: number;
  readonly repeat: number;
  readonly entriesBytes: number;
  readonly seconds: number;
}

const sentence = ({ waveform, rateHz, repeat, entriesBytes, seconds }: SendFacts): string =>
  `${entriesBytes} bytes of entries as ${waveform} at ${rateHz} a second, ` +
  `${repeat === 1 ? "once" : `${repeat} times`}, ${seconds.toFixed(1)} s`;

const say = ({ json }: SendOptions, facts: object, words: string): void =>
  void process.stdout.write((json ? JSON.stringify(facts) : words) + "\n");
