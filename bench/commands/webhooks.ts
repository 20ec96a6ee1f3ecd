// SPDX-License-Identifier: Apache-2.0
// lightline webhooks: who is told of blessings, activations and failures, and what became of each message.
import { Command, InvalidArgumentError, Option } from "commander";
import type { Page, PageQuery } from "../../server/operators/pages.js";
import { PAGE_LIMIT } from "../../server/operators/pages.js";
import type { EventName } from "../../server/webhooks/events.js";
import { EVENTS } from "../../server/webhooks/events.js";
import type { DeliveryRow, WebhookRow, Webhooks } from "../../server/webhooks/webhooks.js";
import { DELIVERY_STATES } from "../../server/webhooks/webhooks.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { wholeNumber } from "../options.js";
import { formatTable } from "../table.js";

interface DataOptions {
  readonly data: string;
  readonly json?: boolean;
}

interface AddOptions extends DataOptions {
  readonly url: string;
  readonly product: string;
  readonly group?: number;
  readonly events?: EventName[];
  readonly allowPrivate?: boolean;
}

const DEFAULT_LIMIT = 50;
const EXIT_NOT_DELIVERED = 1;
const webhookId = wholeNumber("ID", 1, Number.MAX_SAFE_INTEGER);

const withData = (command: Command): Command =>
  command
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--json", "print one JSON object");

const withPages = (command: Command): Command =>
  withData(command)
    .option("--limit <n>", "rows at most", wholeNumber("--limit", 1, PAGE_LIMIT), DEFAULT_LIMIT)
    .option("--cursor <text>", "go on where the page before ended, which said this text");

function eventNames(text: string): EventName[] {
  const names = text.split(",") as EventName[];
  if (names.every((name) => EVENTS.includes(name))) return names;
  throw new InvalidArgumentError(`--events takes some of ${EVENTS.join(",")}, with commas in between.`);
}

export const webhooksCommand = (): Command =>
  new Command("webhooks")
    .description("tell other systems of blessings, activations, deployments and failures")
    .addCommand(
      withData(new Command("add"))
        .description("add a webhook and print its secret, this once")
        .requiredOption("--url <url>", "where messages are posted: http://... or https://...")
        .requiredOption("--product <name>", "whose units it hears of")
        .option("--group <id>", "only those of this Device Group", wholeNumber("--group", 1, Number.MAX_SAFE_INTEGER))
        .option("--events <names>", `some of ${EVENTS.join(",")}; all unless said`, eventNames)
        .option("--allow-private", "the address is meant to be one of a private network or of this machine")
        .action(add),
    )
    .addCommand(withPages(new Command("list")).description("list the webhooks").action(list))
    .addCommand(
      withData(new Command("remove"))
        .description("remove a webhook, and what waits for it")
        .argument("<id>", "its number", webhookId)
        .option("--yes", "yes, for good")
        .action(remove),
    )
    .addCommand(
      withData(new Command("test"))
        .description("post a message of no event now; exit 1 when it is not taken")
        .argument("<id>", "its number", webhookId)
        .action(test),
    )
    .addCommand(
      withPages(new Command("deliveries"))
        .description("list the messages and what became of them, latest first")
        .argument("[id]", "one webhook's", webhookId)
        .addOption(new Option("--state <state>", "only those; failed ones were given up").choices(DELIVERY_STATES))
        .action(deliveries),
    )
    .addCommand(
      withData(new Command("retry"))
        .description("begin anew with what was given up")
        .argument("<id>", "its number", webhookId)
        .action(retry),
    );

const within = <Result>({ data }: DataOptions, work: (webhooks: Webhooks) => Promise<Result>): Promise<Result> =>
  withDataFolder(data, ({ webhooks }) => work(webhooks));

function say({ json }: DataOptions, facts: object, words: string): void {
  process.stdout.write((json ? JSON.stringify(facts) : words) + "\n");
}

async function add(options: AddOptions): Promise<void> {
  const { url, product, group: groupId, events, allowPrivate } = options;
  const added = await within(options, (webhooks) => webhooks.add({ url, product, groupId, events, allowPrivate }));
  const { webhook, secret } = added;
  const note = webhook.allowPrivate ? "\nIt may reach addresses of private networks, as you allowed." : "";
  say(options, added, `${secret}\nThis is the secret of webhook ${webhook.id}; it is not shown again.${note}`);
}

type ListOptions = DataOptions & PageQuery;

async function list(options: ListOptions): Promise<void> {
  const page = await within(options, (webhooks) => webhooks.list(options));
  show(options, "webhooks", page, ({ id, product, groupId, events, url }: WebhookRow) => ({
    ...{ webhook: id, product, group: groupId ?? "all", events: events.join(","), url },
  }));
}

async function deliveries(webhook: number | undefined, options: ListOptions & { state?: string }): Promise<void> {
  const { state } = options;
  const page = await within(options, (webhooks) => webhooks.deliveries({ webhook, state }, options));
  show(options, "deliveries", page, (row: DeliveryRow) => ({
    ...{ delivery: row.id, webhook: row.webhook, event: row.event, state: row.state, attempts: row.attempts },
    ...{ queued: row.queuedAt, next: row.nextAt ?? "-", status: row.status ?? "-", answer: row.answer || "-" },
  }));
}

function show<Row>(
  options: ListOptions,
  name: string,
  { rows, next }: Page<Row>,
  cells: (row: Row) => { readonly [heading: string]: string | number },
): void {
  const shown = rows.map(cells);
  const table = formatTable([Object.keys(shown[0] ?? {}), ...shown.map((row) => Object.values(row).map(String))]);
  const more = next === null ? "" : `\nMore: --cursor ${next}`;
  say(options, { [name]: rows, next }, rows.length ? table + more : `No ${name}.`);
}

async function remove(id: number, options: DataOptions & { yes?: boolean }): Promise<void> {
  ensureConfirmed(options.yes, `Webhook ${id} will be told nothing more, nor what waits for it now`);
  await within(options, (webhooks) => webhooks.remove(id));
  say(options, { id, removed: true }, `Webhook ${id} is removed.`);
}

async function test(id: number, options: DataOptions): Promise<void> {
  const outcome = await within(options, (webhooks) => webhooks.test(id));
  const { delivered, status, answer } = outcome;
  say(options, { id, ...outcome }, `${delivered ? "Taken" : "Not taken"}: ${[status ?? "", answer].join(" ").trim()}`);
  if (!delivered) process.exitCode = EXIT_NOT_DELIVERED;
}

async function retry(id: number, options: DataOptions): Promise<void> {
  const messages = await within(options, (webhooks) => webhooks.retry(id));
  say(options, { id, messages }, `${messages} messages to webhook ${id} begin anew.`);
}
