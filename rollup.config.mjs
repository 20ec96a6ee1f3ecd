// SPDX-License-Identifier: Apache-2.0
// npm run build: every stage for every board. BOARD picks one, PRODUCT a product's folder, OUT where to write.
import { listBoards } from "./bench/build/boards.js";
import { stageConfigs } from "./bench/build/build.js";
import { UserError } from "./bench/errors.js";

const { BOARD, PRODUCT = "examples/hello-sensor", OUT = "dist" } = process.env;

function explain(error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exit(error.exitCode);
}

export default () =>
  stageConfigs({ boards: BOARD ? [BOARD] : listBoards(), product: PRODUCT, outDir: OUT }).catch(explain);
