// SPDX-License-Identifier: Apache-2.0
// lightline api-key: who may look and decide over HTTP. A key is shown once, and only its digest is kept.
import { Command, Option } from "commander";
import type { ApiKeyView, KeyRole } from "../../server/operators/api-keys.js";
import { KEY_ROLES } from "../../server/operators/api-keys.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import { formatTable } from "../table.js";

interface DataOptions {
  readonly data: string;
  readonly json?: boolean;
}

const withData = (command: Command): Command =>
  command
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--json", "print one JSON object");

export function apiKeyCommand(): Command {
  const add = new Command("add")
    .description("make a key and print it, this once")
    .requiredOption("--name <text>", "whose it is")
    .addOption(
      new Option(
        "--role <role>",
        "viewer looks at units, operator at all, engineer decides too; blinkup asks for end users' tokens",
      )
        .choices(KEY_ROLES)
        .makeOptionMandatory(),
    )
    .option("--product <name>", "of a blinkup key: the product whose devices it activates");
  const revoke = new Command("revoke")
    .description("let a key count no more, at once")
    .argument("<name>", "its name")
    .option("--yes", "yes, for good");
  return new Command("api-key")
    .description("make, list and revoke the keys of the server's HTTP routes")
    .addCommand(withData(add).action(addKey))
    .addCommand(withData(new Command("list").description("list the keys, none of which is shown")).action(listKeys))
    .addCommand(withData(revoke).action(revokeKey));
}

async function addKey(options: DataOptions & { name: string; role: KeyRole; product?: string }): Promise<void> {
  const { data, json, name, role, product } = options;
  if ((role === "blinkup") !== (product !== undefined))
    throw new UserError(
      "KEY_PRODUCT",
      "A blinkup key, and no other, is for one product: say --role blinkup --product NAME.",
    );
  const key = await withDataFolder(data, ({ apiKeys }) =>
    role === "blinkup" ? apiKeys.addBlinkup(name, product as string) : apiKeys.add(name, role),
  );
  const words = `${key}\nThis is the key of ${name} (${role}); it is not shown again.`;
  process.stdout.write((json ? JSON.stringify({ name, role, product, key }) : words) + "\n");
}

async function listKeys({ data, json }: DataOptions): Promise<void> {
  const keys = (await withDataFolder(data, ({ apiKeys }) => apiKeys.list())).map(factsOf);
  const rows = keys.map((key) => Object.values(key).map((cell) => cell ?? "-"));
  const words = keys.length
    ? formatTable([["name", "role", "product", "made", "last used", "revoked"], ...rows])
    : "No key yet: lightline api-key add makes one.";
  process.stdout.write((json ? JSON.stringify({ keys }) : words) + "\n");
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const factsOf = ({ name, role, product, madeAt, usedAt, revokedAt }: ApiKeyView) => ({
  ...{ name, role, product, madeAt: iso(madeAt), usedAt: iso(usedAt), revokedAt: iso(revokedAt) },
});

async function revokeKey(name: string, { data, json, yes }: DataOptions & { yes?: boolean }): Promise<void> {
  ensureConfirmed(yes, `The key of ${name} will count no more, for good`);
  await withDataFolder(data, ({ apiKeys }) => apiKeys.revoke(name));
  process.stdout.write((json ? JSON.stringify({ name, revoked: true }) : `The key of ${name} is revoked.`) + "\n");
}
