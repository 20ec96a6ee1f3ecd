// SPDX-License-Identifier: Apache-2.0
// ll.application
import { openNetworkBoard } from "../../hal/espruino/board.js";
import { startApplication } from "../roles/application.js";
import { boardData } from "lightline:board";
import { product } from "lightline:product";
import { script } from "lightline:script";

startApplication(/* @__NOINLINE__ */ openNetworkBoard(boardData()), product, (globals) => {
  Object.assign(global, globals);
  script();
});
