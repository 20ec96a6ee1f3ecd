// SPDX-License-Identifier: Apache-2.0
// ll.application
import { openNetworkBoard } from "../../hal/espruino/board.js";
import { startApplication } from "../roles/application.js";
import board from "lightline:board";
import { product } from "lightline:product";
import { script } from "lightline:script";

startApplication(openNetworkBoard(board), product, (globals) => {
  Object.assign(global, globals);
  script();
});
