// SPDX-License-Identifier: Apache-2.0
// Serial numbers: a product's count, written as its format says.

/** "HS-######" and 7 give HS-000007. A count that outgrows its digits takes more: a number never comes twice. */
export function serialNumber(format: string, count: number): string {
  return format.replace(/#+/, (digits) => String(count).padStart(digits.length, "0"));
}
