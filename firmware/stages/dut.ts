// SPDX-License-Identifier: Apache-2.0
// ll.dut
import { openNetworkBoard } from "../../hal/espruino/board.js";
import { startDut } from "../roles/dut.js";
import { boardData } from "lightline:board";
import { phases } from "lightline:phases";
import { product } from "lightline:product";
import { script } from "lightline:script";

startDut(/* @__NOINLINE__ */ openNetworkBoard(boardData()), product, phases, (globals) => {
  Object.assign(global, globals);
  script();
});
