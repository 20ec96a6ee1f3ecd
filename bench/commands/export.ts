// SPDX-License-Identifier: Apache-2.0
// lightline export: every unit, or every measurement, as CSV or as JSON lines.
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { once } from "node:events";
import { Argument, Command } from "commander";
import type { Lists } from "../../server/operators/lists.js";
import { everyRow } from "../../server/operators/pages.js";
import { columnsOf, MeasurementRow, UnitRow } from "../../server/operators/views.js";
import { csvLine } from "../csv.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import { checkOutFile, notWritable } from "../out-file.js";
import { Progress } from "../progress.js";

interface ExportOptions {
  readonly data: string;
  readonly csv?: string;
  readonly jsonl?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

type Row = UnitRow | MeasurementRow;

interface Source {
  readonly columns: readonly string[];
  readonly rows: (lists: Lists) => AsyncIterable<Row>;
}

const SOURCES: { readonly [what: string]: Source } = {
  units: { columns: columnsOf(UnitRow), rows: (lists) => everyRow((page) => lists.units({}, page)) },
  measurements: { columns: columnsOf(MeasurementRow), rows: (lists) => everyRow((page) => lists.measurements(page)) },
};

export const exportCommand = (): Command =>
  new Command("export")
    .description("write every unit, or every measurement, into a file")
    .addArgument(new Argument("<what>", "one row a unit, or one a measured value").choices(Object.keys(SOURCES)))
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--csv <file>", "as comma-separated values, with a heading line")
    .option("--jsonl <file>", "as one JSON object a line")
    .option("--force", "write over a file that is there")
    .option("--json", "print one JSON object about it")
    .action(run);

async function run(what: string, options: ExportOptions): Promise<void> {
  const { csv, jsonl } = options;
  const file = csv ?? jsonl;
  if (file === undefined || (csv !== undefined && jsonl !== undefined))
    throw new UserError("EXPORT_TARGET", "Say where to and how: --csv FILE or --jsonl FILE, one of them.");
  checkOutFile(file, options.force);
  const source = SOURCES[what] as Source;
  const rows = await withDataFolder(options.data, ({ lists }) => write(file, source, lists, csv !== undefined));
  process.stdout.write((options.json ? JSON.stringify({ file, rows }) : `${rows} ${what} are in ${file}.`) + "\n");
}

/** Waits whenever the disk is slower than the database, so memory stays flat. @throws UserError FILE_NOT_WRITABLE */
async function write(file: string, { columns, rows }: Source, lists: Lists, asCsv: boolean): Promise<number> {
  const out = createWriteStream(file);
  const progress = new Progress();
  const put = async (line: string): Promise<void> => {
    if (!out.write(line + "\n")) await once(out, "drain");
  };
  let count = 0;
  try {
    if (asCsv) await put(csvLine(columns));
    for await (const row of rows(lists)) {
      const cells = row as { readonly [column: string]: string | number | null };
      await put(asCsv ? csvLine(columns.map((column) => cells[column] ?? null)) : JSON.stringify(row));
      progress.say(`${++count} rows`);
    }
    out.end();
    await finished(out);
  } catch (error) {
    out.destroy();
    throw (error as NodeJS.ErrnoException).syscall ? notWritable(file, error) : error;
  } finally {
    progress.end();
  }
  return count;
}
