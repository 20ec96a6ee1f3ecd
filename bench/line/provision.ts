// SPDX-License-Identifier: Apache-2.0
// Writes a fixture's key and network into its flash, as `lightline fixture add` does over USB.
import type { FlashRegion } from "../../hal/flash-region.js";
import type { Digest } from "../../hal/digest.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { IdentityKind, LogName, Origin, SETTINGS_KIND } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";

const ENTRIES_BYTES = 255;

export interface FixtureIdentity {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** Kf, 32 bytes. */
  readonly key: Uint8Array;
  readonly ssid: Uint8Array;
  readonly password: Uint8Array;
}

export function provisionFixture(
  settings: FlashRegion,
  identity: FlashRegion,
  digest: Digest,
  fixture: FixtureIdentity,
): void {
  new RecordLog(identity, digest, LogName.Identity).write(
    IdentityKind.Fixture,
    Uint8Array.of(...fixture.id, ...fixture.key),
  );
  const body = new Uint8Array(1 + ENTRIES_BYTES);
  body[0] = Origin.Production;
  let end = putEntry(body, 1, EntryType.Ssid, fixture.ssid);
  end = putEntry(body, end, EntryType.Password, fixture.password);
  new RecordLog(settings, digest, LogName.Settings).write(SETTINGS_KIND, body.slice(0, end));
}
