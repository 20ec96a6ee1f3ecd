// SPDX-License-Identifier: Apache-2.0
// What lightline watch loads before a script. It runs from RAM and is no stage of a product.
import { openConsoleBoard } from "../../hal/espruino/board.js";
import { ConsoleScript } from "../roles/console-script.js";
import { boardData } from "lightline:board";
import { product } from "lightline:product";

const runner = new ConsoleScript(openConsoleBoard(boardData()), product);

Object.assign(global, {
  __watch: {
    threw: (what: string, stack: string | undefined) => runner.threw(what, stack),
    stop: () => runner.stop(),
    begin(script: () => void) {
      Object.assign(global, runner.globals());
      script();
    },
  },
});
