// SPDX-License-Identifier: Apache-2.0
// An application that calls what belongs to the factory restarts the device; at the third start in a row only light is heard.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Board, Region } from "../../bench/build/boards.js";
import { loadBoard } from "../../bench/build/boards.js";
import { buildStages } from "../../bench/build/build.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import type { EmulatedBoard } from "../../emulator/emulated-board.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, LogName, Origin, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const CALLS = ["server.bless(true)", "server.factoryblinkup()", "imp.setcountry(1)", "imp.setnvramimage('')"];

/** Blessed, wiped and proved, with settings of its owner's: every start runs the application. */
function makeProductionDevice(unit: BenchUnit, { settings, identity }: Board["flash"]): void {
  const open = ({ address, bytes }: Region, name: LogName): RecordLog =>
    new RecordLog(openFlashRegion(unit.flash, Number(address), bytes / 4096), digest, name);
  open(settings, LogName.Settings).write(SETTINGS_KIND, Uint8Array.of(Origin.Production, 1, 1, 65, 6, 0));
  const log = open(identity, LogName.Identity);
  log.write(
    IdentityKind.Blessing,
    packBlessing(new Uint8Array(32), Uint8Array.of(65), new Uint8Array(64), Uint8Array.of(1)),
  );
  log.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Proved));
}

describe("an application that misuses the factory's calls", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-misuse-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const call of CALLS)
    it(`restarts over ${call}, and recovery holds it`, async () => {
      const product = join(dir, "product");
      cpSync(EXAMPLE, product, { recursive: true });
      // The types refuse the call; a script that goes round them must still not get through.
      writeFileSync(join(product, "application.ts"), `new Function(${JSON.stringify(call)})();\n`);
      const build = await buildStages({ boards: ["virtual"], product, outDir: join(dir, "dist") });
      const clock = new VirtualClock();
      const board = loadBoard("virtual");
      const world = {
        clock,
        network: new Network(clock),
        radio: new Radio(clock),
        board,
        firmware: storageFiles(build, "virtual"),
      };
      const unit = new BenchUnit(world, { mac: "30aea4001122", seed: 1, analog: new Map() });
      makeProductionDevice(unit, board.flash);
      unit.board.powerOn();
      await clock.run(() => clock.nowUs > 200e6);
      const reserved = unit.lines.filter((line) => line === "uncaught: reserved for factory firmware");
      // Two starts of the application, and the third is recovery: light only, for as long as it takes.
      assert.equal(reserved.length, 2);
      assert.equal(unit.board.starts, 3);
      assert.equal(unit.ledPattern, "AA--");
      const closed = { bluetooth: false, telnet: false, accessPoint: false, serial: false };
      assert.deepEqual((unit.board as EmulatedBoard).consoles, closed);
    });
});
