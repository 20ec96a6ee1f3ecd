// SPDX-License-Identifier: Apache-2.0
// ll.receive
import { openReceiverBoard } from "../../hal/espruino/board.js";
import { startReceiver } from "../roles/receive.js";
import board from "lightline:board";

startReceiver(openReceiverBoard(board));
