// SPDX-License-Identifier: Apache-2.0
// ll.receive of a board with an analogue light sensor.
import { openSampleBoard } from "../../hal/espruino/board.js";
import { openSampleWindow } from "../device/sample-window.js";
import { startReceiver } from "../roles/receive.js";
import { boardData } from "lightline:board";

const board = /* @__NOINLINE__ */ openSampleBoard(boardData());
startReceiver(board, openSampleWindow(board));
