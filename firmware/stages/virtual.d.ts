// SPDX-License-Identifier: Apache-2.0
// What the build links into a stage: the board, the product, and the product's script for that stage.

declare module "lightline:board" {
  const board: import("../../hal/espruino/board.js").BoardData;
  export default board;
}

declare module "lightline:product" {
  type ProductData = import("../api/globals.js").ProductData;
  export const name: ProductData["name"];
  export const serverUrl: ProductData["serverUrl"];
  export const wipe: ProductData["wipe"];
  export const wipeOnFail: ProductData["wipeOnFail"];
  export const measurements: ProductData["measurements"];
  export const stageHash: ProductData["stageHash"];
}

declare module "lightline:script" {
  /** Runs the top level of the product's script. */
  export function script(): void;
}
