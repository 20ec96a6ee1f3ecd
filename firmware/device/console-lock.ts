// SPDX-License-Identifier: Apache-2.0
// The console of a unit that left the factory: closed to whoever has only a cable, open to who knows the unit's key.
import type { Board } from "../../hal/board.js";
import { EMPTY, hexText, labelled } from "../core/protocol/bytes.js";
import { Label } from "../core/protocol/codes.js";
import { blessingKey } from "../store/blessing-record.js";
import { IdentityKind, WipePhase } from "../store/kinds.js";
import type { RecordLog } from "../store/record-log.js";

/** Espruino takes 20 characters and no more. */
const PASSWORD_BYTES = 10;

/** Locks it on a unit that was blessed and proved its wipe; a bench unit stays open. */
export function lockIfCleared(board: Board, identity: RecordLog): void {
  const blessing = identity.read(IdentityKind.Blessing);
  const wipe = identity.read(IdentityKind.Wipe);
  if (!blessing || !wipe || wipe[0] !== WipePhase.Proved) return;
  const password = board.digest.prf(blessingKey(blessing), labelled(Label.Console, EMPTY, EMPTY));
  board.system.lockConsole(hexText(password.subarray(0, PASSWORD_BYTES)));
}
