// SPDX-License-Identifier: Apache-2.0
// npm run build: every stage for one board of each chip and sensor. BOARD names one or all, PRODUCT a product's folder, OUT where to write.
import { listBoards, loadBoard } from "./bench/build/boards.js";
import { stageConfigs } from "./bench/build/build.js";
import { UserError } from "./bench/errors.js";

const { BOARD, PRODUCT = "examples/hello-sensor", OUT = "dist" } = process.env;

function explain(error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exit(error.exitCode);
}

function chosenBoards() {
  if (BOARD) return BOARD === "all" ? listBoards() : [BOARD];
  const kinds = listBoards().map((name) => [`${loadBoard(name).inherits} ${loadBoard(name).light.sensor}`, name]);
  return Object.values(Object.fromEntries(kinds));
}

export default () => stageConfigs({ boards: chosenBoards(), product: PRODUCT, outDir: OUT }).catch(explain);
