// SPDX-License-Identifier: Apache-2.0
// The window of a board with a comparator.
import type { EdgeBoard } from "../../hal/board.js";
import { EdgeReceiver } from "../core/modem/edge-receiver.js";
import { LightWindow } from "./light-window.js";

export function openEdgeWindow(board: EdgeBoard): LightWindow {
  return new LightWindow(board.edges, new EdgeReceiver(board.digest));
}
