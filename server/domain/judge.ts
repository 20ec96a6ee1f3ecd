// SPDX-License-Identifier: Apache-2.0
// Whether measurements bear out a pass. The device's own word counts for nothing.
import type { Limit } from "../schemas.js";

export interface Attempt {
  readonly phase: string;
  readonly attempt: number;
  /** 0 pass */
  readonly outcome: number;
  /** NaN where the device sent no finite number. */
  readonly measurements: readonly { readonly name: string; readonly value: number }[];
}

/** Why a unit does not pass, in one phrase; empty when it does. The last attempt of each phase counts. */
export function judge(limits: readonly Limit[], attempts: readonly Attempt[]): string {
  const last = new Map(attempts.map((attempt) => [attempt.phase, attempt]));
  for (const { phase, outcome } of last.values()) if (outcome !== 0) return `phase ${phase} did not pass`;
  for (const limit of limits) {
    const values = last.get(limit.phase)?.measurements.filter(({ name }) => name === limit.name) ?? [];
    if (values.length === 0) return `${limit.name} was not measured`;
    const outside = values.find(({ value }) => !isWithin(limit, value));
    if (outside)
      return `${limit.name} is ${outside.value} ${limit.unit}, outside ${limit.min ?? "-"} to ${limit.max ?? "-"}`;
  }
  return "";
}

/** What is no number is within nothing. */
const isWithin = ({ min = -Infinity, max = Infinity }: Limit, value: number): boolean =>
  Number.isFinite(value) && value >= min && value <= max;
