// SPDX-License-Identifier: Apache-2.0
// lightline boards: which boards there are; how one is wired, how far it has been tried, and what to send of it.
import { Command } from "commander";
import type { Board } from "../build/boards.js";
import { listBoards, loadBoard } from "../build/boards.js";
import { sendOf, tierOf } from "../build/tiers.js";
import { formatTable } from "../table.js";

const HEADINGS = ["board", "chip", "tier", "light", "light pin", "LED red, green", "button", "roles"];

export function boardsCommand(): Command {
  return new Command("boards")
    .description("list the boards, or print how one is wired and how far it has been tried")
    .argument("[name]", "one of them")
    .option("--markdown", "print the list as boards/README.md has it")
    .option("--json", "print one JSON object")
    .action((name: string | undefined, options: { markdown?: boolean; json?: boolean }) => {
      process.stdout.write(say(name, options) + "\n");
    });
}

function say(name: string | undefined, { markdown, json }: { markdown?: boolean; json?: boolean }): string {
  if (name !== undefined) return json ? JSON.stringify(cardFacts(loadBoard(name))) : cardOf(loadBoard(name));
  const boards = listBoards().map(loadBoard);
  if (json) return JSON.stringify({ boards: boards.map(listFacts) });
  const rows = boards.map((board) => [board.name, ...rowOf(board)]);
  return markdown ? markdownOf(rows) : formatTable([HEADINGS, ...rows]);
}

const lightOf = ({ light }: Board): string =>
  light.sensor === "edges" ? "edges" : `analog, ${light.sampleHz ?? 0} Hz`;

const rowOf = (board: Board): string[] => [
  board.chip.title,
  String(board.tier),
  lightOf(board),
  String(board.light.pin),
  `${board.led.red}, ${board.led.green}`,
  String(board.button.pin),
  board.roles.join(", "),
];

function markdownOf(rows: readonly (readonly string[])[]): string {
  const lines = rows.map(([name, ...cells]) => [`\`${name}\``, ...cells]);
  return [HEADINGS, HEADINGS.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const listFacts = ({ name, title, chip, tier, roles, light }: Board): object => ({
  ...{ name, title, chip: chip.name, tier, roles, sensor: light.sensor, sampleHz: light.sampleHz ?? null },
});

const cardFacts = (board: Board): object => ({
  ...listFacts(board),
  wiring: wiringOf(board),
  open: board.open ?? [],
  send: sendOf(board),
});

interface Wire {
  readonly what: string;
  readonly gpio: number;
  /** What is printed beside the pin, or is on it already. */
  readonly label: string | null;
  readonly to: string;
}

/** What goes to which pin; docs/wiring has the drawings. */
function wiringOf(board: Board): readonly Wire[] {
  const { light, led, emitter, button, rescue, pins, labels = {} } = board;
  const wire = (what: string, gpio: number, to: string): Wire => ({ what, gpio, label: labels[gpio] ?? null, to });
  const lamp = ({ activeLow }: { readonly activeLow: boolean }): string =>
    activeLow ? "LED and resistor to 3.3 V" : "LED and resistor to ground";
  return [
    wire("light sensor", light.pin, sensorOf(light)),
    wire("status LED, red", led.red, lamp(led)),
    wire("status LED, green", led.green, lamp(led)),
    ...(emitter ? [wire("BlinkUp LED of a fixture", emitter.pin, lamp(emitter))] : []),
    wire("button", button.pin, button.activeLow ? "switch to ground" : "switch to 3.3 V, resistor to ground"),
    ...(rescue ? [wire("rescue", rescue.pin, "to ground to recover; left open otherwise")] : []),
    ...Object.entries(pins)
      .filter(([, gpio]) => gpio !== emitter?.pin)
      .map(([name, gpio]) => wire(name, gpio, `the product's, hardware.${name}`)),
  ];
}

function sensorOf({ sensor, brighter }: Board["light"]): string {
  if (sensor === "edges") return `comparator, ${brighter === "higher" ? "high" : "low"} when it is bright`;
  return brighter === "higher"
    ? "phototransistor from 3.3 V, 10 to 47 kOhm to ground"
    : "phototransistor to ground, 10 to 47 kOhm to 3.3 V";
}

function cardOf(board: Board): string {
  const wires = wiringOf(board).map(({ what, gpio, label, to }) => [what, `GPIO ${gpio}`, label ?? "", to]);
  const taken = Object.entries(board.taken ?? {}).map(([what, pins]) => `GPIO ${pins.join(", ")}: ${what}`);
  const send = sendOf(board);
  return [
    `${board.title}, ${board.chip.title}: ${lightOf(board)}; ${board.roles.join(", ")}`,
    `T${tierOf(board).slice(1)}.`,
    ...(board.open ?? []).map((line) => `  ${line}`),
    "",
    formatTable([["what", "pin", "label", "wired as"], ...wires]),
    ...(taken.length ? ["", "Not free:", ...taken.map((line) => `  ${line}`)] : []),
    ...(send.length ? ["", "If you have this board, send what these print:", ...send.map((line) => `  ${line}`)] : []),
  ].join("\n");
}
