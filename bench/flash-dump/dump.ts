// SPDX-License-Identifier: Apache-2.0
// Both logs of a board's raw flash, page by page, and what they say now.
import { SETTINGS_KIND } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import type { FlashRegion } from "../../hal/flash-region.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import type { NorFlash } from "../../hal/sim/models/nor-flash.js";
import type { Board } from "../build/boards.js";
import { firmwareBoard } from "../build/boards.js";
import type { SettingsDump } from "./entries.js";
import { dumpSettings } from "./entries.js";
import type { IdentityDump } from "./identity.js";
import { dumpIdentity } from "./identity.js";
import type { LogKind, PageDump } from "./pages.js";
import { countWritten, dumpPages, IDENTITY, SETTINGS } from "./pages.js";
import type { Mask } from "./secret.js";

export interface LogDump<Current> {
  /** "0x310000" */
  readonly address: string;
  readonly bytes: number;
  /** Each byte is 0xFF. */
  readonly blank: boolean;
  readonly writtenBytes: number;
  readonly pages: readonly PageDump[];
  /** What the firmware would read. */
  readonly current: Current;
}

export interface FlashDump {
  readonly settings: LogDump<SettingsDump | null>;
  readonly identity: LogDump<IdentityDump>;
}

export function dumpFlash(flash: NorFlash, board: Board, mask: Mask): FlashDump {
  const { settings, identity } = firmwareBoard(board);
  const settingsRegion = openFlashRegion(flash, settings.address, settings.pages);
  const identityRegion = openFlashRegion(flash, identity.address, identity.pages);
  const body = new RecordLog(settingsRegion, digest, SETTINGS.letter).read(SETTINGS_KIND);
  const log = new RecordLog(identityRegion, digest, IDENTITY.letter);
  return {
    settings: dumpLog(settingsRegion, settings.address, SETTINGS, body ? dumpSettings(body, mask) : null),
    identity: dumpLog(
      identityRegion,
      identity.address,
      IDENTITY,
      dumpIdentity((kind) => log.read(kind), mask),
    ),
  };
}

function dumpLog<Current>(region: FlashRegion, address: number, log: LogKind, current: Current): LogDump<Current> {
  const bytes = region.pageCount * region.pageSize;
  const writtenBytes = countWritten(region.read(0, bytes));
  const pages = dumpPages(region, log);
  return { address: `0x${address.toString(16)}`, bytes, blank: writtenBytes === 0, writtenBytes, pages, current };
}
