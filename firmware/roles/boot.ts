// SPDX-License-Identifier: Apache-2.0
// Counts this start and decides which stage it runs.
import type { BootBoard } from "../../hal/board.js";
import { chooseStage } from "../core/blessing/choose-stage.js";
import { BootRecord } from "../store/boot-record.js";
import { IdentityKind, LogName, namesNetwork, SETTINGS_KIND, WipePhase } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

/** First letter of the stage. */
export function bootStage(board: BootBoard): string {
  const identity = new RecordLog(board.identity, board.digest, LogName.Identity);
  const boot = new BootRecord(identity);
  const wipe = identity.read(IdentityKind.Wipe);
  const phase = wipe ? wipe[0] : WipePhase.None;
  const plan = boot.plan;
  boot.counter++;
  boot.starts = plan ? 0 : boot.starts + 1;
  boot.plan = 0;
  boot.save();
  // What a cut left of settings, a torn write's or a wipe's, is gone before any stage begins.
  const settings = new RecordLog(board.settings, board.digest, LogName.Settings);
  settings.scrub();
  const rescue = identity.read(IdentityKind.Rescue);
  return chooseStage({
    rescueHeld: board.button.rescueHeld(rescue && rescue.length ? rescue : undefined),
    starts: boot.starts,
    plan,
    isFixture: !!identity.read(IdentityKind.Fixture),
    hasSettings: namesNetwork(settings.read(SETTINGS_KIND)),
    isBlessed: !!identity.read(IdentityKind.Blessing),
    wipeBegun: phase === WipePhase.Begun,
    wipeProved: phase === WipePhase.Proved,
  });
}
