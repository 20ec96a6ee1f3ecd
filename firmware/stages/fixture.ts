// SPDX-License-Identifier: Apache-2.0
// ll.fixture
import { openFixtureBoard } from "../../hal/espruino/board.js";
import { startFixture } from "../roles/fixture.js";
import { boardData } from "lightline:board";
import { product } from "lightline:product";
import { script } from "lightline:script";

startFixture(/* @__NOINLINE__ */ openFixtureBoard(boardData()), product, (globals) => {
  Object.assign(global, globals);
  script();
});
