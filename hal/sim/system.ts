// SPDX-License-Identifier: Apache-2.0
// The chip's model as a whole.
import type { Handover } from "./chain.js";
import type { System } from "../system.js";
import type { Start } from "./models/chip.js";

export interface SystemOptions {
  /** Twelve hex digits. */
  readonly mac: string;
  readonly print: (line: string) => void;
  /** Of the stage before in this start. */
  readonly handover: Handover;
}

export function openSystem(start: Start, { mac, print, handover }: SystemOptions): System {
  return {
    deviceId: new Uint8Array(Buffer.from("0000" + mac, "hex")),
    restart: () => start.restart(),
    chained() {
      const { entries } = handover;
      handover.entries = undefined;
      return entries;
    },
    print,
    // Nobody can type at a board that is a model.
    lockConsole: () => undefined,
    onUncaught: (handler) => {
      start.uncaught = (error) => handler(error instanceof Error ? error.message : String(error));
    },
  };
}
