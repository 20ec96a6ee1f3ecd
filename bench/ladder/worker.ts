// SPDX-License-Identifier: Apache-2.0
// Climbs the rungs that it is told, one after the other.
import { READY } from "../on-every-core.js";
import { rungsBelow } from "./rungs.js";
import type { Seeds, Tally } from "./trial.js";
import { compare } from "./trial.js";

export interface Climb {
  readonly id: string;
  readonly seeds: Seeds;
}

export interface Climbed extends Tally {
  readonly id: string;
}

process.on("message", ({ id, seeds }: Climb) => {
  for (const rung of rungsBelow(id)) process.send?.({ id, ...compare(rung, seeds) } satisfies Climbed);
});
process.send?.(READY);
