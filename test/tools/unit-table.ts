// SPDX-License-Identifier: Apache-2.0
// The server's unit table in words.
import { UNIT_ACTIONS, UNIT_EVENTS, UNIT_STATES, UNIT_TABLE } from "../../server/domain/unit-machine.js";

export function formatUnitTable(): string {
  const name = (names: { readonly [letter: string]: string }, letter: string): string => names[letter] ?? "?";
  return UNIT_TABLE.trim()
    .split(/ +/)
    .map((row) => {
      const [state = "", event = "", next = "", action = ""] = row;
      const words = [
        name(UNIT_STATES, state),
        name(UNIT_EVENTS, event),
        name(UNIT_STATES, next),
        name(UNIT_ACTIONS, action),
      ];
      return `| ${words.join(" | ")} |`;
    })
    .join("\n");
}
