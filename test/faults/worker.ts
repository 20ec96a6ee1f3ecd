// SPDX-License-Identifier: Apache-2.0
// Runs the points that it is told, one after the other, in a factory of its own.
import { READY } from "../../bench/on-every-core.js";
import { Factory } from "./factory.js";
import { parsePoint } from "./fault.js";
import { runTrial } from "./trial.js";

const factory = await Factory.open();
process.on("message", (point: string) => {
  void runTrial(factory, parsePoint(point)).then((outcome) => process.send?.(outcome));
});
process.on("disconnect", () => void factory.close().then(() => process.exit()));
process.send?.(READY);
