// SPDX-License-Identifier: Apache-2.0
// lightline keys: the keys that sign blessing records, to hand out, and new ones in their place.
import { Command } from "commander";
import type { SigningKeyView } from "../../server/operators/admin.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { Progress } from "../progress.js";

interface KeysOptions {
  readonly data: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function keysCommand(): Command {
  return new Command("keys")
    .description("the factory server's keys: print the public ones, or make new ones")
    .addCommand(
      new Command("show")
        .description("print the public keys that blessing records are verified with; secret ones stay where they are")
        .requiredOption("--data <dir>", "the server's data folder")
        .option("--json", "print one JSON object")
        .action(show),
    )
    .addCommand(
      new Command("rotate")
        .description("make a new signing key and a new master key; a running server takes them at its next start")
        .requiredOption("--data <dir>", "the server's data folder")
        .option("--yes", "yes, retire the present keys")
        .option("--json", "print one JSON object")
        .action(rotate),
    );
}

async function show({ data, json }: KeysOptions): Promise<void> {
  const keys = await withDataFolder(data, ({ admin }) => admin.signingKeys());
  process.stdout.write(json ? JSON.stringify({ keys: keys.map(keyFacts) }) + "\n" : keys.map(described).join("\n"));
}

async function rotate({ data, yes, json }: KeysOptions): Promise<void> {
  ensureConfirmed(yes, "The present signing key will never sign again");
  const progress = new Progress();
  const { keys, resealed } = await withDataFolder(data, async ({ admin }) => {
    try {
      const resealed = await admin.rotateKeys((values) => progress.say(`${values} values sealed anew`));
      return { resealed, keys: await admin.signingKeys() };
    } finally {
      progress.end();
    }
  });
  const { id } = keys.find(({ current }) => current) as SigningKeyView;
  const words = [
    `Signing key ${id} is in use, with a new master key; ${resealed} values are sealed anew.`,
    "Restart a running server, copy the folder keys/, and hand out the public key (lightline keys show).",
  ];
  process.stdout.write(json ? JSON.stringify({ signingKeyId: id, resealed }) + "\n" : words.join("\n") + "\n");
}

const keyFacts = ({ madeAt, ...key }: SigningKeyView) => ({ ...key, madeAt: new Date(madeAt).toISOString() });

/** Readers of PEM pass over what stands before a key. */
const described = (key: SigningKeyView): string =>
  `Signing key ${key.id} of ${keyFacts(key).madeAt}${key.current ? "" : ", retired: it verifies older records"}\n${key.publicKey}`;
