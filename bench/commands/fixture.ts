// SPDX-License-Identifier: Apache-2.0
// lightline fixture: makes a board a fixture of the factory, lists them, and takes one's key out of use.
import { Command } from "commander";
import { EntryType, findEntry } from "../../firmware/core/blinkup/entries.js";
import type { FixtureView } from "../../server/operators/admin.js";
import type { Board } from "../build/boards.js";
import { loadBoard } from "../build/boards.js";
import { loadProduct } from "../build/product.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import type { NewFixture } from "../fixture/add.js";
import { addToBoard, addToFile } from "../fixture/add.js";
import { checkOutFile } from "../out-file.js";
import { Progress } from "../progress.js";
import { passwordMeant } from "../send/settings-options.js";
import { entriesOf } from "../send/settings.js";

interface DataOptions {
  readonly data: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface AddOptions extends DataOptions {
  readonly product: string;
  readonly ssid: string;
  readonly password: string;
  readonly board: string;
  readonly port?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly id?: string;
  readonly group?: string;
  readonly keepNetwork?: boolean;
}

const FIXTURE_ID = /^[0-9a-f]{16}$/i;

export function fixtureCommand(): Command {
  const list = new Command("list").description("list the factory's fixtures");
  const move = new Command("move")
    .description("put a fixture into another fixture group: what it lights from now on leads there")
    .argument("<id>", "the fixture's id")
    .argument("<group>", "the group, by its id or as PRODUCT/NAME");
  const revoke = new Command("revoke")
    .description("let nothing from a fixture count any more, nor what it lit and no unit has used")
    .argument("<id>", "the fixture's id")
    .option("--yes", "yes, for good");
  return new Command("fixture")
    .description("make a board a fixture of the factory, list fixtures, revoke one")
    .addCommand(addCommand())
    .addCommand(withData(list).action(listFixtures))
    .addCommand(withData(move).action(moveFixture))
    .addCommand(withData(revoke).action(revokeFixture));
}

const withData = (command: Command): Command =>
  command
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--json", "print one JSON object");

function addCommand(): Command {
  const command = new Command("add")
    .description("make a fixture on the server, and write its key and the network into its board's flash")
    .requiredOption("--product <dir>", "the product's folder")
    .requiredOption("--ssid <name>", "the factory network's name")
    .requiredOption("--password <text>", '"-" for LIGHTLINE_PASSWORD or standard input, "" for an open network')
    .requiredOption("--board <name>", "which of boards/ it is, and with that where its regions lie")
    .option("--id <hex>", "the fixture's id, 16 hex digits, instead of a new one")
    .option("--group <group>", "its fixture group, instead of the product's first")
    .option("--keep-network", "units get the network that the product has already, not this one");
  return withData(command)
    .optionsGroup("Into a board:")
    .option("--port <port>", "its serial port, or tcp://host:port")
    .option("--yes", "yes, though it is a fixture or a blessed unit already")
    .optionsGroup("Into a file:")
    .option("--out <file>", "the raw region as an image to flash; it holds the key")
    .option("--force", "write over a file that is there")
    .action(addFixture);
}

async function addFixture(options: AddOptions): Promise<void> {
  const { port, out, ssid } = options;
  if ((port === undefined) === (out === undefined))
    throw new UserError("SETTINGS_MISSING", "Where is the key to go? Say --port PORT, or --out FILE.");
  const board = fixtureBoard(options.board);
  const product = loadProduct(options.product).name;
  const id = idOf(options.id);
  if (out !== undefined) checkOutFile(out, options.force);
  const entries = entriesOf({ ssid, password: await passwordMeant(options.password) });
  const facts = await withDataFolder(options.data, async ({ admin, groups }) => {
    const group = options.group === undefined ? undefined : await groups.find(groupOf(product, options.group));
    const fixture = { product, id, group, network: networkOf(entries) };
    const placed =
      port === undefined
        ? { fixture: await addToFile(admin, fixture, board, out as string), file: out as string }
        : await toBoard(() => addToBoard(admin, fixture, board, { port, yes: options.yes, progress: new Progress() }));
    if (!options.keepNetwork) await admin.setFactoryNetwork(product, entries);
    return placed;
  });
  const result = { ...facts, product, board: board.name, networkSet: !options.keepNetwork };
  process.stdout.write((options.json ? JSON.stringify(result) : wordsOf(result, board)) + "\n");
}

async function toBoard(add: () => ReturnType<typeof addToBoard>) {
  const { id, identity } = await add();
  return { fixture: id, ...identity };
}

/** @throws UserError BOARD_UNKNOWN, BOARD_NO_EMITTER */
function fixtureBoard(name: string): Board {
  const board = loadBoard(name);
  if (board.roles.includes("fixture")) return board;
  throw new UserError("BOARD_NO_EMITTER", `${name} cannot be a fixture: take a board whose "roles" has "fixture".`);
}

function idOf(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  if (FIXTURE_ID.test(text)) return new Uint8Array(Buffer.from(text, "hex"));
  throw new UserError("FIXTURE_ID", "A fixture's id is 8 bytes: write 16 hex digits, or leave --id out.");
}

function networkOf(entries: Uint8Array): NewFixture["network"] {
  const find = (type: EntryType) => findEntry(entries, entries.length, type) as Uint8Array;
  return { ssid: find(EntryType.Ssid), password: find(EntryType.Password) };
}

interface Added {
  readonly fixture: string;
  readonly product: string;
  readonly networkSet: boolean;
  readonly file?: string;
}

function wordsOf({ fixture, product, networkSet, file }: Added, { name, chip }: Board): string {
  const { address } = chip.rawFlash;
  const next =
    file === undefined
      ? `It is in the flash of this ${name}, read back; the board starts anew.`
      : `It is in ${file}: write it with  esptool.py write_flash ${address} ${file}  and delete the file, which holds the key.`;
  const network = networkSet ? [`Units of ${product} get this network too.`] : [];
  return [`Fixture ${fixture} of ${product}`, next, ...network].join("\n  ");
}

async function listFixtures({ data, json }: DataOptions): Promise<void> {
  const fixtures = await withDataFolder(data, ({ admin }) => admin.fixtures());
  const words = fixtures.length ? fixtures.map(rowOf).join("\n") : "No fixture yet: lightline fixture add makes one.";
  process.stdout.write((json ? JSON.stringify({ fixtures }) : words) + "\n");
}

const rowOf = ({ id, product, group, revoked }: FixtureView): string =>
  `${id}  ${revoked ? "revoked" : "in use "}  ${product}/${group}`;

/** A group's bare name is the product's. */
const groupOf = (product: string, text: string): string =>
  /^[0-9]+$/.test(text) || text.includes("/") ? text : `${product}/${text}`;

async function moveFixture(id: string, text: string, { data, json }: DataOptions): Promise<void> {
  const fixture = id.toLowerCase();
  const group = await withDataFolder(data, async ({ lists, groups }) => {
    const target = await groups.find(text);
    await groups.moveFixture(fixture, target);
    return lists.group(target);
  });
  const words = `Fixture ${fixture} is in ${group.product}/${group.name}.`;
  process.stdout.write((json ? JSON.stringify({ fixture, group }) : words) + "\n");
}

async function revokeFixture(id: string, { data, yes, json }: DataOptions): Promise<void> {
  const fixture = id.toLowerCase();
  ensureConfirmed(yes, `Nothing from fixture ${fixture} will count any more, for good`);
  await withDataFolder(data, ({ admin }) => admin.revokeFixture(fixture));
  process.stdout.write((json ? JSON.stringify({ fixture, revoked: true }) : `Fixture ${fixture} is revoked.`) + "\n");
}
