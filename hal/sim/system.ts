// SPDX-License-Identifier: Apache-2.0
// The chip's model as a whole.
import type { System } from "../system.js";
import type { Start } from "./models/chip.js";

export interface SystemOptions {
  /** Twelve hex digits. */
  readonly mac: string;
  readonly print: (line: string) => void;
  /** Runs another stage in this start. */
  readonly chain: (stage: string) => void;
}

export function openSystem(start: Start, { mac, print, chain }: SystemOptions): System {
  let handedOver: Uint8Array | undefined;
  return {
    deviceId: new Uint8Array(Buffer.from("0000" + mac, "hex")),
    restart: () => start.restart(),
    chain(stage, entries) {
      handedOver = entries;
      start.later(0, () => chain(stage));
    },
    chained() {
      const entries = handedOver;
      handedOver = undefined;
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
