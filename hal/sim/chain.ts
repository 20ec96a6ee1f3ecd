// SPDX-License-Identifier: Apache-2.0
// From one stage to another within a start.
import type { Chain } from "../chain.js";
import type { Start } from "./models/chip.js";

/** What one stage leaves for the next. */
export interface Handover {
  entries: Uint8Array | undefined;
}

export function openChain(start: Start, handover: Handover, run: (stage: string) => void): Chain {
  return (stage, entries) => {
    handover.entries = entries;
    start.later(0, () => run(stage));
  };
}
