// SPDX-License-Identifier: Apache-2.0
// .bootcde: which stage this start runs. The build appends the evaluation, at root scope.
import { openBootBoard } from "../../hal/espruino/board.js";
import { stageFile } from "../device/lifecycle.js";
import { bootStage } from "../roles/boot.js";
import { board } from "lightline:board";

/** Storage name of the stage. */
export const stage = stageFile(bootStage(openBootBoard(board)));
