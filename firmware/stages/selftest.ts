// SPDX-License-Identifier: Apache-2.0
// What lightline selftest loads before its phases. It runs from RAM and is no stage of a product.
import { openScriptBoard } from "../../hal/espruino/board.js";
import { openConsoleTest } from "../roles/console-test.js";
import { boardData } from "lightline:board";

Object.assign(global, openConsoleTest(/* @__NOINLINE__ */ openScriptBoard(boardData())));
