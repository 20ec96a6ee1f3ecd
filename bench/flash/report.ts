// SPDX-License-Identifier: Apache-2.0
// What became of each board, for people and for programs.
import { UserError } from "../errors.js";
import type { Flashed } from "./flash-board.js";
import type { FlashStep } from "./plan.js";

export interface PortOutcome {
  readonly port: string;
  /** An error is of this board alone. */
  readonly result: Flashed | UserError;
}

/** 0; 1 when a board did not come out as it should; 2 when one waits for --yes. */
export function exitCodeOf(outcomes: readonly PortOutcome[]): number {
  const codes = outcomes.flatMap(({ result }) =>
    result instanceof UserError ? result.exitCode : result.held.map(({ exitCode }) => exitCode),
  );
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
}

export function jsonOf({ port, result }: PortOutcome): object {
  if (result instanceof UserError) return { port, status: "refused", errors: [errorOf(result)] };
  const { status, identity, plan, held, seconds, greeting } = result;
  const steps = plan.steps.map((step) => ({ ...nameOf(step), do: step.kind }));
  const errors = held.map(errorOf);
  return { port, status, ...identity, bytes: plan.bytes, seconds: round(seconds), greeting, steps, errors };
}

const errorOf = ({ code, message }: UserError): object => ({ code, message });

const nameOf = (step: FlashStep): object => ("name" in step ? { name: step.name } : {});

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

/** Undefined when all of it is an error's. */
export function wordsOf({ port, result }: PortOutcome): string | undefined {
  if (result instanceof UserError) return undefined;
  const { status, identity, plan, seconds, greeting } = result;
  const runs = `it runs and says ${greeting}`;
  const who = `${port}  Espruino ${identity.firmware} for ${identity.chip}`;
  if (status === "planned")
    return [`${who}: nothing was written; what is to do:`, ...plan.steps.map(stepWords)].join("\n  ");
  if (status === "unchanged") return `${who}: all of it was there already; ${runs}`;
  return `${who}: ${plan.bytes} bytes written in ${seconds.toFixed(1)} s; ${runs}`;
}

function stepWords(step: FlashStep): string {
  switch (step.kind) {
    case "bluetooth-off":
      return "switch Bluetooth off, for good, and restart";
    case "keep":
      return `keep ${step.name}, which is this build's`;
    case "erase":
      return `erase ${step.name}`;
    case "compact":
      return "compact Storage, since there is no room otherwise; keep the power on meanwhile";
    case "pad":
      return "fill the page that the boot file ends";
    case "write":
      return `write ${step.name}, ${step.data.length} bytes`;
  }
}

/** Which board, where there are several. */
export function complaintsOf(outcomes: readonly PortOutcome[]): string[] {
  return outcomes.flatMap(({ port, result }) =>
    (result instanceof UserError ? [result] : result.held).map(({ code, message }) =>
      outcomes.length > 1 ? `${port}  ${code}: ${message}` : `${code}: ${message}`,
    ),
  );
}
