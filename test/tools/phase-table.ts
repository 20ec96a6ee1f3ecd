// SPDX-License-Identifier: Apache-2.0
// The built-in phases' measurements as docs/SELFTEST.md has them.
import type { Measurement } from "../../bench/build/phases.js";
import { measurementsOf, PHASE_NAMES } from "../../bench/build/phases.js";

export function formatPhaseTable(): string {
  const rows = ["clock", ...PHASE_NAMES].flatMap((phase) =>
    measurementsOf(phase).map((measurement, i) => row(i ? "" : `\`${phase}\``, measurement)),
  );
  return ["| phase | measures | unit | from | to | near a limit within |", "|---|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

const row = (phase: string, { name, unit, min, max, marginal }: Measurement): string =>
  `| ${[phase, name, unit, min ?? "", max ?? "", marginal ?? ""].join(" | ")} |`;
