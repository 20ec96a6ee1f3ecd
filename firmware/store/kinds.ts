// SPDX-License-Identifier: Apache-2.0
// What the two logs keep. Settings and identity lie in different page pairs: the wipe takes all of the first, none of the second.
import { EntryType, findEntry } from "../core/blinkup/entries.js";

/** Which log a page belongs to: its letter in ASCII. */
export const enum LogName {
  /** S */
  Settings = 0x53,
  /** I */
  Identity = 0x49,
}

/** The only kind in the settings log: origin, then BlinkUp entries as they were on the air. */
export const SETTINGS_KIND = 1;

export const enum Origin {
  Factory = 0,
  /** Given after blessing: not the factory's to wipe. */
  Production = 1,
}

/** What the settings log keeps of entries. */
export function settingsBody(origin: Origin, entries: Uint8Array): Uint8Array {
  const body = new Uint8Array(1 + entries.length);
  body[0] = origin;
  body.set(entries, 1);
  return body;
}

/** Whether a body of settings says which network to join. */
export function namesNetwork(body: Uint8Array | undefined): boolean {
  return !!body && !!findEntry(body.subarray(1, body.length), body.length - 1, EntryType.Ssid);
}

export const enum IdentityKind {
  /** counter[4] starts plan: see boot-record.ts */
  Boot = 1,
  /** fixture id[8] Kf[32] */
  Fixture = 2,
  /** See blessing-record.ts */
  Blessing = 3,
  /** phase, wipe nonce[16] */
  Wipe = 4,
  /** region code[4], last channel */
  Country = 5,
  /** GPIO (255 for none) and the level that means held; empty for the board's own pin */
  Rescue = 6,
}

export const enum WipePhase {
  None = 0,
  /** Begun: finish it before anything else. */
  Begun = 1,
  /** Erased and read back; the server has not had the proof. */
  ProofOwed = 2,
  Proved = 3,
}
