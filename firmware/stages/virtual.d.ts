// SPDX-License-Identifier: Apache-2.0
// What the build links into a stage: the board, the product, and the product's script for that stage.

declare module "lightline:board" {
  type BoardData = import("../../hal/espruino/board.js").BoardData;
  /** Made anew at each call, so that nothing keeps what only the start needs. Whom it is given to must not be inlined: a scope would keep it. */
  export const boardData: () => BoardData;
  /** For whoever asks all the time. */
  export const board: BoardData;
}

declare module "lightline:product" {
  export const product: import("../api/globals.js").ProductData;
}

declare module "lightline:phases" {
  /** Built-in phases of the self-test, those that the product names. */
  export const phases: readonly import("../device/self-test.js").Phase[];
}

declare module "lightline:selftest-options" {
  export const options: import("../selftest/options.js").SelfTestOptions;
}

declare module "lightline:script" {
  /** Runs the top level of the product's script. */
  export function script(): void;
}
