// SPDX-License-Identifier: Apache-2.0
// ll.receive of a board with a comparator.
import { openEdgeBoard } from "../../hal/espruino/board.js";
import { openEdgeWindow } from "../device/edge-window.js";
import { startReceiver } from "../roles/receive.js";
import { boardData } from "lightline:board";

const board = /* @__NOINLINE__ */ openEdgeBoard(boardData());
startReceiver(board, openEdgeWindow(board));
