// SPDX-License-Identifier: Apache-2.0
// What every family of tampering is: points, each of which can be run again alone.

/** Told once a point, with why it failed; "" when it held. */
export type Report = (point: string, why: string) => void;

export interface Family {
  readonly name: string;
  /** Every point of the family, in order, without the family's name. */
  points(seed: number): Promise<readonly string[]>;
  /** Runs those of `wanted`, all of them points of this family. */
  run(wanted: ReadonlySet<string>, seed: number, report: Report): Promise<void>;
}

/** A point that stands alone: it has a world of its own. */
export interface Scenario {
  readonly name: string;
  readonly run: (seed: number) => Promise<void>;
}

/** A family of scenarios: a point holds when nothing is thrown. */
export function familyOf(name: string, scenarios: readonly Scenario[]): Family {
  return {
    name,
    points: () => Promise.resolve(scenarios.map((scenario) => scenario.name)),
    async run(wanted, seed, report) {
      for (const scenario of scenarios)
        if (wanted.has(scenario.name)) report(scenario.name, await faultOf(scenario, seed));
    },
  };
}

async function faultOf(scenario: Scenario, seed: number): Promise<string> {
  try {
    await scenario.run(seed);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
