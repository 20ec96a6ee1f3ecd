// SPDX-License-Identifier: Apache-2.0
// The part of a product that the server judges by.

export interface Limit {
  readonly phase: string;
  readonly name: string;
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
}

export interface ProductConfig {
  readonly name: string;
  /** # stands for a digit of the count. */
  readonly serialFormat: string;
  readonly measurements: readonly Limit[];
  readonly leaseS: number;
  readonly tokenS: number;
}

export interface Attempt {
  readonly phase: string;
  readonly attempt: number;
  /** 0 pass */
  readonly outcome: number;
  readonly measurements: readonly { readonly name: string; readonly value: number }[];
}

/** Why a unit does not pass, in one phrase; empty when it does. The last attempt of each phase counts. */
export function judge(limits: readonly Limit[], attempts: readonly Attempt[]): string {
  const last = new Map(attempts.map((attempt) => [attempt.phase, attempt]));
  for (const attempt of last.values()) if (attempt.outcome !== 0) return `phase ${attempt.phase} did not pass`;
  for (const limit of limits) {
    const found = last.get(limit.phase)?.measurements.filter((measurement) => measurement.name === limit.name).at(-1);
    if (!found) return `${limit.name} was not measured`;
    const { value } = found;
    if (!(value >= (limit.min ?? -Infinity) && value <= (limit.max ?? Infinity)))
      return `${limit.name} is ${value} ${limit.unit}, outside ${limit.min ?? "-"} to ${limit.max ?? "-"}`;
  }
  return "";
}

export function serialNumber(format: string, count: number): string {
  const digits = format.split("#").length - 1;
  let padded = String(count).padStart(digits, "0");
  return format.replace(/#/g, () => {
    const digit = padded.charAt(0);
    padded = padded.slice(1);
    return digit;
  });
}
