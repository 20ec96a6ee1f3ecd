// SPDX-License-Identifier: Apache-2.0
// Which pins scripts may name.
import type { NetworkBoard } from "../../hal/board.js";

export function hasPin(board: NetworkBoard, gpio: number): boolean {
  for (const name in board.pinNames) if (board.pinNames[name] === gpio) return true;
  return false;
}
