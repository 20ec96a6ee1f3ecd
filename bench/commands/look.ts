// SPDX-License-Identifier: Apache-2.0
// lightline units, runs, tokens: what the factory knows, a page at a time.
import { Command, Option } from "commander";
import { UNIT_STATES } from "../../server/domain/unit-machine.js";
import type { Lists } from "../../server/operators/lists.js";
import type { Page, PageQuery } from "../../server/operators/pages.js";
import { PAGE_LIMIT } from "../../server/operators/pages.js";
import type { RunRow, TokenRow, UnitCard, UnitRow } from "../../server/operators/views.js";
import { withDataFolder } from "../data-folder.js";
import { moment, wholeNumber } from "../options.js";
import { formatTable } from "../table.js";

export interface LookOptions extends PageQuery {
  readonly data: string;
  readonly json?: boolean;
  readonly state?: string;
  readonly product?: string;
  readonly since?: number;
}

const DEFAULT_LIMIT = 50;

export const look = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--limit <n>", "rows at most", wholeNumber("--limit", 1, PAGE_LIMIT), DEFAULT_LIMIT)
    .option("--cursor <text>", "go on where the page before ended, which said this text")
    .option("--json", "print one JSON object");

export const since = (what: string): Option =>
  new Option("--since <time>", `only ${what} since then, such as 2026-01-31 or 2026-01-31T08:00Z`).argParser(
    moment("--since"),
  );

export const lookCommands = (): Command[] => [
  look("units", "list the units, or show one with its blessing and what it said")
    .argument("[id]", "a unit's device id")
    .addOption(new Option("--state <state>", "only those in this state").choices(Object.values(UNIT_STATES)))
    .option("--product <name>", "only those of this product")
    .addOption(since("what changed"))
    .action(units),
  look("runs", "list a unit's runs, with every attempt of every phase")
    .argument("<id>", "the unit's device id")
    .addOption(since("those that began"))
    .action(runs),
  look("tokens", "list the tokens of light by their ids; a token itself is never shown")
    .option("--product <name>", "only those of this product")
    .addOption(since("those that expire"))
    .action(tokens),
];

async function units(id: string | undefined, options: LookOptions): Promise<void> {
  if (id !== undefined) {
    const unit = await withDataFolder(options.data, async ({ admin, lists }) => {
      await admin.sweep();
      return lists.unit(id.toLowerCase());
    });
    return say(options, { unit }, cardOf(unit));
  }
  const { state, product } = options;
  await show(options, "units", unitCells, async (lists, page, sweep) => {
    await sweep();
    return lists.units({ state, product, sinceMs: options.since }, page);
  });
}

const unitCells = (unit: UnitRow): Cells => ({
  serial: unit.serial,
  "device id": unit.deviceId,
  product: unit.product,
  group: unit.group,
  state: unit.state,
  fixture: unit.fixture,
  slot: unit.slot,
  changed: unit.changedAt,
});

function cardOf({ blessing, items, ...unit }: UnitCard): string {
  const facts = Object.entries(unitCells(unit)).map(([name, value]) => [name, String(value ?? "-")]);
  const blessed = blessing
    ? [
        ["blessed", blessing.acknowledgedAt],
        ["record", blessing.record],
      ]
    : [];
  const said = items.map(({ at, name, data }) => ["said", `${at}  ${name}  ${data}`]);
  return formatTable([...facts, ...blessed, ...said]);
}

const runs = (id: string, options: LookOptions): Promise<void> =>
  show(options, "runs", runCells, (lists, page) => lists.runs(id.toLowerCase(), { sinceMs: options.since }, page));

const runCells = ({ id, startedAt, verdict, attempts }: RunRow): Cells => ({
  run: id,
  started: startedAt,
  verdict,
  attempts: attempts
    .map(({ phase, attempt, outcome, measurements }) => {
      const values = measurements.map(({ name, value }) => `${name} ${value ?? "none"}`).join(", ");
      return `${phase} ${attempt}${outcome ? " bad" : ""}${values ? `: ${values}` : ""}`;
    })
    .join("; "),
});

const tokens = (options: LookOptions): Promise<void> =>
  show(options, "tokens", tokenCells, (lists, page) =>
    lists.tokens({ product: options.product, sinceMs: options.since }, page),
  );

const tokenCells = ({ id, kind, product, fixture, slot, state, deviceId, expiresAt }: TokenRow): Cells => ({
  ...{ "token id": id, kind, product, fixture, slot, state },
  ...{ "device id": deviceId, expires: expiresAt },
});

export interface Cells {
  readonly [heading: string]: string | number | null;
}

export async function show<Row>(
  options: LookOptions,
  name: string,
  cells: (row: Row) => Cells,
  list: (lists: Lists, page: PageQuery, sweep: () => Promise<void>) => Promise<Page<Row>>,
): Promise<void> {
  const { limit, cursor } = options;
  const { rows, next } = await withDataFolder(options.data, ({ admin, lists }) =>
    list(lists, { limit, cursor }, () => admin.sweep()),
  );
  const shown = rows.map(cells);
  const headings = Object.keys(shown[0] ?? {});
  const body = shown.map((row) => Object.values(row).map((cell) => String(cell ?? "-")));
  const more = next === null ? "" : `\nMore: --cursor ${next}`;
  say(options, { [name]: rows, next }, rows.length ? formatTable([headings, ...body]) + more : `No ${name}.`);
}

export function say({ json }: LookOptions, facts: object, words: string): void {
  process.stdout.write((json ? JSON.stringify(facts) : words) + "\n");
}
