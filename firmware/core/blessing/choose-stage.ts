// SPDX-License-Identifier: Apache-2.0
// Which stage a start runs, from what the store says.

/** Starts in a row, none lasting a minute, after which only light is heard. */
export const RECOVERY_STARTS = 3;

/** A planned restart into whatever the store says. */
export const BY_STORE = "*";

export interface StartFacts {
  readonly rescueHeld: boolean;
  readonly starts: number;
  /** First letter of the planned stage, as a character code; 0 for none. */
  readonly plan: number;
  readonly isFixture: boolean;
  readonly hasSettings: boolean;
  readonly isBlessed: boolean;
  /** A wipe is begun, or its proof is owed with settings at hand. */
  readonly wipeBegun: boolean;
  readonly wipeProved: boolean;
}

/** First letter of the stage: receive, dut, fixture, application. */
export function chooseStage(facts: StartFacts): string {
  if (facts.rescueHeld || facts.starts >= RECOVERY_STARTS) return "r";
  if (facts.wipeBegun) return "d";
  if (facts.plan && facts.plan !== BY_STORE.charCodeAt(0)) return String.fromCharCode(facts.plan);
  if (!facts.hasSettings) return "r";
  if (facts.isFixture) return "f";
  return facts.isBlessed && facts.wipeProved ? "a" : "d";
}
