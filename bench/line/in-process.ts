// SPDX-License-Identifier: Apache-2.0
// The firmware called in this process: what the boot file and the stages do, without an interpreter between.
import type { Firmware, WholeBoard } from "../../hal/sim/board.js";
import type { ProductData, RunScript } from "../../firmware/api/globals.js";
import { openEdgeWindow } from "../../firmware/device/edge-window.js";
import { stageFile } from "../../firmware/device/lifecycle.js";
import { openSampleWindow } from "../../firmware/device/sample-window.js";
import { startApplication } from "../../firmware/roles/application.js";
import { bootStage } from "../../firmware/roles/boot.js";
import { startDut } from "../../firmware/roles/dut.js";
import { startFixture } from "../../firmware/roles/fixture.js";
import { startReceiver } from "../../firmware/roles/receive.js";
import type { Board } from "../build/boards.js";
import type { BuildResult } from "../build/build.js";
import type { Product, ScriptRole } from "../build/product.js";
import { lightFlags } from "../build/product.js";
import { loadScript } from "../build/script-text.js";

/** `build` lends the hashes that the stages say of themselves. @throws UserError when a script does not compile */
export async function inProcessFirmware(board: Board, product: Product, build: BuildResult): Promise<Firmware> {
  const scripts: { readonly [role in ScriptRole]: RunScript } = {
    dut: await loadScript(board, product, "dut"),
    fixture: await loadScript(board, product, "fixture"),
    application: await loadScript(board, product, "application"),
  };
  const linked = (role: ScriptRole): ProductData => ({
    ...product,
    lightFlags: lightFlags(product),
    stageHash: build[board.name]![role].stageHash,
  });
  const stages: { readonly [file: string]: (hal: WholeBoard) => void } = {
    [stageFile("r")]: (hal) =>
      startReceiver(hal, board.light.sensor === "edges" ? openEdgeWindow(hal) : openSampleWindow(hal)),
    // Built-in phases are written for Espruino's own globals, which are not here.
    [stageFile("d")]: (hal) => startDut(hal, linked("dut"), [], scripts.dut),
    [stageFile("f")]: (hal) => startFixture(hal, linked("fixture"), scripts.fixture),
    [stageFile("a")]: (hal) => startApplication(hal, linked("application"), scripts.application),
  };
  return (hal, chained) => stages[chained ?? stageFile(bootStage(hal))]?.(hal);
}
