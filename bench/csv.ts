// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180) that a spreadsheet may open.

/** What a spreadsheet would take for a formula. Names of measurements come from devices. */
const FORMULA = /^[=+\-@\t\r]/;

export const csvLine = (cells: readonly (string | number | null)[]): string => cells.map(cellOf).join(",");

function cellOf(cell: string | number | null): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
