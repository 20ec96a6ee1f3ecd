// SPDX-License-Identifier: Apache-2.0
// lightline unbless and scrap: an engineer's word on a unit, with its reason in the audit log.
import { Command } from "commander";
import type { Admin } from "../../server/operators/admin.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import { secretMeant } from "../send/settings-options.js";

interface DecreeOptions {
  readonly data: string;
  readonly reason: string;
  readonly key?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Decree {
  readonly name: "unbless" | "scrap";
  readonly description: string;
  readonly consequence: string;
  readonly state: string;
  /** Of the unit's production group. */
  readonly takesKey: boolean;
  readonly give: (admin: Admin, id: string, reason: string, key: string) => Promise<void>;
}

const DECREES: readonly Decree[] = [
  {
    name: "unbless",
    description: "release a blessed unit: fresh light blesses it anew, with a new key and its old serial number",
    consequence: "The unit's present key will prove nothing any more",
    state: "unblessed",
    takesKey: true,
    give: (admin, id, reason, key) => admin.unbless(id, reason, key),
  },
  {
    name: "scrap",
    description: "take a unit out for good; its serial number comes never again",
    consequence: "The unit will be nobody, for good",
    state: "scrapped",
    takesKey: false,
    give: (admin, id, reason) => admin.scrap(id, reason),
  },
];

export const decreeCommands = (): Command[] =>
  DECREES.map((decree) => {
    const command = new Command(decree.name)
      .description(decree.description)
      .argument("<id>", "the unit's device id")
      .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
      .requiredOption("--reason <text>", "why, for the audit log")
      .option("--yes", "yes, for good")
      .option("--json", "print one JSON object")
      .action((id: string, options: DecreeOptions) => give(decree, id.toLowerCase(), options));
    return decree.takesKey
      ? command.requiredOption(
          "--key <text>",
          'the unbless key of its group, or "-" for LIGHTLINE_UNBLESS_KEY or standard input',
        )
      : command;
  });

async function give(decree: Decree, deviceId: string, options: DecreeOptions): Promise<void> {
  const { data, reason, yes, json } = options;
  if (!reason.trim()) throw new UserError("REASON_MISSING", "The audit log needs a reason: say why with --reason.");
  ensureConfirmed(yes, decree.consequence);
  const key = await secretMeant(options.key ?? "", "LIGHTLINE_UNBLESS_KEY", "key");
  await withDataFolder(data, ({ admin }) => decree.give(admin, deviceId, reason.trim(), key));
  const { state } = decree;
  process.stdout.write((json ? JSON.stringify({ deviceId, state }) : `Unit ${deviceId} is ${state}.`) + "\n");
}
