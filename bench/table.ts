// SPDX-License-Identifier: Apache-2.0
// Rows for people: columns as wide as their widest cell.

/** The first row holds the headings. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const headings = rows[0] ?? [];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
