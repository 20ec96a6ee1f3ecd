// SPDX-License-Identifier: Apache-2.0
// lightline audit: the log, a page at a time; whether it is whole; and a signed word on it, to be kept elsewhere.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { LogReport } from "../../server/audit/audit-checkpoint.js";
import type { AuditEntry } from "../../server/operators/views.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import { checkOutFile, writeOutFile } from "../out-file.js";
import { EXIT_SERVER } from "../server-errors.js";
import type { Cells, LookOptions } from "./look.js";
import { look, say, show, since } from "./look.js";

interface AuditOptions extends LookOptions {
  readonly verify?: boolean;
  readonly against?: string;
  readonly checkpoint?: string;
  readonly force?: boolean;
}

export const auditCommand = (): Command =>
  look("audit", "list the audit log, check its hash chains, or sign what it is now")
    .argument("[chain]", 'a device\'s or a fixture\'s id, "keys" or "strangers"')
    .addOption(since("what was written"))
    .option("--verify", "check the whole log; exit 3 when a row does not follow from the one before")
    .option("--against <file>", "with --verify: whether all that a checkpoint signed is there as it was")
    .option("--checkpoint <file>", "sign what the log is now, into a file to be kept elsewhere")
    .option("--force", "write over the file")
    .action(audit);

async function audit(chain: string | undefined, options: AuditOptions): Promise<void> {
  if (options.checkpoint !== undefined) return makeCheckpoint(options.checkpoint, options);
  if (options.verify) return verifyLog(options);
  const filter = { chain: chain?.toLowerCase(), sinceMs: options.since };
  await show(options, "audit", auditCells, (lists, page) => lists.audit(filter, page));
}

const auditCells = ({ id, at, chain, event, detail }: AuditEntry): Cells => ({
  ...{ row: id, time: at, chain, event, detail: JSON.stringify(detail) },
});

async function makeCheckpoint(file: string, options: AuditOptions): Promise<void> {
  checkOutFile(file, options.force);
  const signed = await withDataFolder(options.data, ({ admin }) => admin.takeCheckpoint());
  writeOutFile(file, signed);
  say(options, { file, ...signed }, `${file} is signed: keep it where whoever writes to the database cannot.`);
}

async function verifyLog({ against, ...options }: AuditOptions): Promise<void> {
  const checkpoint = against === undefined ? undefined : readCheckpoint(against);
  const report = await withDataFolder(options.data, ({ admin }) => admin.checkAudit(checkpoint));
  const { broken, kept } = report;
  const whole = broken.length === 0 && kept !== false;
  say(options, { whole, broken, ...(kept === undefined ? {} : { kept }) }, wordsOf(report, against));
  if (!whole) process.exitCode = EXIT_SERVER;
}

function wordsOf({ broken, kept }: LogReport, against: string | undefined): string {
  const rows = broken.map(
    ({ id, chain, event }) => `Row ${id} (${chain}, "${event}") does not follow from the one before.`,
  );
  if (kept === false) rows.push(`Rows that ${against} signed were changed or taken away.`);
  if (rows.length) return rows.join("\n");
  return kept ? `The audit log is whole, with all that ${against} signed.` : "The audit log is whole.";
}

/** As makeCheckpoint wrote it. */
function readCheckpoint(file: string): unknown {
  try {
    const { checkpoint, signature } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: unknown;
      signature: unknown;
    };
    return { checkpoint, signature };
  } catch (error) {
    throw new UserError(
      "CHECKPOINT_UNREADABLE",
      `${file} cannot be read (${(error as Error).message}): name a file of lightline audit --checkpoint.`,
    );
  }
}
