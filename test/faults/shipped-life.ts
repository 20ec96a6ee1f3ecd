// SPDX-License-Identifier: Apache-2.0
// One life of the shipped bundles in the emulator, its raw flash and its Storage searched from the moment it is shippable.
import { loadProduct } from "../../bench/build/product.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { Shift } from "../../bench/line/shift.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import type { EmulatedBoard } from "../../emulator/emulated-board.js";
import { findEntry, EntryType } from "../../firmware/core/blinkup/entries.js";
import { LogName, SETTINGS_KIND } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { buildExample, EXAMPLE } from "../tools/example-build.js";
import type { Needle } from "./needles.js";
import { needlesOf, searchFlash } from "./needles.js";

const SECRETS = [
  ["SSID", EntryType.Ssid],
  ["password", EntryType.Password],
  ["token", EntryType.Enrolment],
] as const;

export interface Searched {
  readonly problems: readonly string[];
  readonly images: number;
  readonly foundBefore: number;
}

/** From a fixture's own light to shippable. */
export async function searchShippedLife(seed: number): Promise<Searched> {
  const product = loadProduct(EXAMPLE);
  const build = await buildExample("virtual");
  const line = new VirtualLine({ product, build, board: "virtual", seed, dataDir: undefined });
  const problems = new Set<string>();
  let needles: Needle[] = [];
  let images = 0;
  let foundBefore = 0;
  let isShippable = false;
  try {
    await line.start();
    const shift = new Shift(line, { duts: 1, seed, failRate: 0, light: undefined });
    const look = (image: Uint8Array): void => {
      const found = searchFlash(image, needles);
      if (isShippable) images++;
      else foundBefore += found.length;
      if (isShippable) for (const what of found) problems.add(`${what} on the shipped unit`);
    };
    const lookAtAll = ({ flash, board }: BenchUnit): void => {
      look(flash.bytes);
      look(Buffer.from([...(board as EmulatedBoard).files.values()].join("\n"), "latin1"));
    };
    line.onUnitChange = ({ state }) => {
      const unit = shift.units[0]!.unit;
      if (state === "blessing") needles = needlesOf(secretsOf(line, unit));
      isShippable ||= state === "shippable";
      lookAtAll(unit);
      if (isShippable) unit.flash.onOperation = () => look(unit.flash.bytes);
    };
    await shift.run();
    lookAtAll(shift.units[0]!.unit);
    const { problem } = await shift.report(shift.units[0]!);
    if (problem) problems.add(problem);
  } finally {
    await line.close();
  }
  return { problems: [...problems], images, foundBefore };
}

function secretsOf(line: VirtualLine, unit: BenchUnit): (readonly [string, Buffer])[] {
  const body = new RecordLog(line.region(unit, "settings"), digest, LogName.Settings).read(SETTINGS_KIND)!;
  const entries = body.subarray(1);
  return SECRETS.map(([name, type]) => [name, Buffer.from(findEntry(entries, entries.length, type)!)]);
}
