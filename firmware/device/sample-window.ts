// SPDX-License-Identifier: Apache-2.0
// The window of a board with an analogue light sensor.
import type { SampleBoard } from "../../hal/board.js";
import { Receiver } from "../core/modem/receiver.js";
import { LightWindow } from "./light-window.js";

export function openSampleWindow(board: SampleBoard): LightWindow {
  return new LightWindow(board.samples, new Receiver(board.samples.sampleHz, board.digest));
}
