// SPDX-License-Identifier: Apache-2.0
// A shipped unit whose application goes round the types and calls what belongs to the factory.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Board, Region } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { buildStages } from "../../bench/build/build.js";
import type { StorageFiles } from "../../bench/line/bench-unit.js";
import { storageFiles, storageName } from "../../bench/build/storage-files.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, LogName, Origin, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import type { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { EXAMPLE } from "../tools/example-build.js";

const PLACE = "reserved call";
export const RESERVED_CALLS = [
  "server.bless(true)",
  "server.factoryblinkup('net', 'password', hardware.pinC, 0)",
  "imp.setcountry(0x4247)",
  "imp.setnvramimage('')",
  "imp.setrescuepin(hardware.pinC, 1)",
  "imp.enablerescuepin(true)",
];

/** Once for all calls: withCall puts each in its place. */
export function buildMisuse(dir: string, board: string): Promise<BuildResult> {
  const product = join(dir, "product");
  cpSync(EXAMPLE, product, { recursive: true });
  writeFileSync(join(product, "application.ts"), `new Function("${PLACE}")();\n`);
  return buildStages({ boards: [board], product, outDir: join(dir, "dist") });
}

export function withCall(build: BuildResult, board: string, call: string): StorageFiles {
  const files = storageFiles(build, board);
  const application = storageName("application");
  return { ...files, [application]: files[application]!.replace(PLACE, call) };
}

/** Blessed, wiped and proved, with settings of its owner's: every start runs the application. */
export function makeProductionDevice(flash: NorFlash, { settings, identity }: Board["flash"]): void {
  const open = ({ address, bytes }: Region, name: LogName): RecordLog =>
    new RecordLog(openFlashRegion(flash, Number(address), bytes / 4096), digest, name);
  open(settings, LogName.Settings).write(SETTINGS_KIND, Uint8Array.of(Origin.Production, 1, 1, 65, 6, 0));
  const log = open(identity, LogName.Identity);
  log.write(
    IdentityKind.Blessing,
    packBlessing(new Uint8Array(32), Uint8Array.of(65), new Uint8Array(64), Uint8Array.of(1)),
  );
  log.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Proved));
}
