// SPDX-License-Identifier: Apache-2.0
// State tables as text: one row is a space, state, event, next state, action. Code, documents and tests read the same text.

/** "" when the state does not know the event: nothing happens, and that is decided. Else next state and action. */
export function stepOf(table: string, state: string, event: string): string {
  const at = table.indexOf(" " + state + event);
  return at < 0 ? "" : table.substr(at + 3, 2);
}
