// SPDX-License-Identifier: Apache-2.0
// imp of a unit under test: what the factory alone may set, kept with the unit's identity, which no wipe takes.
import type { NetworkBoard } from "../../hal/board.js";
import { NO_RESCUE_GPIO } from "../../hal/button.js";
import { putU32 } from "../core/protocol/bytes.js";
import { hasPin } from "../device/pin-names.js";
import { IdentityKind } from "../store/kinds.js";
import type { RecordLog } from "../store/record-log.js";
import { Imp } from "./imp.js";

const NARROW_LAST_CHANNEL = 11;
const WIDE_LAST_CHANNEL = 13;
const COUNTRY_BYTES = 5;

export class DutImp extends Imp {
  _identity: RecordLog;
  _log: (line: string) => void;

  constructor(
    board: NetworkBoard,
    settings: RecordLog,
    clear: () => void,
    identity: RecordLog,
    log: (line: string) => void,
  ) {
    super(board, settings, clear);
    this._identity = identity;
    this._log = log;
  }

  /** Electric Imp's region codes; counts from the blessing on, at the next connection. */
  setcountry(regionCode: number): void {
    const lastChannel = lastChannelOf(regionCode);
    if (!lastChannel) {
      this._log("COUNTRY_UNKNOWN: that is none of Electric Imp's region codes; docs/API.md lists them");
      return;
    }
    const body = new Uint8Array(COUNTRY_BYTES);
    putU32(body, 0, regionCode);
    body[4] = lastChannel;
    this._keep(IdentityKind.Country, body);
  }

  setnvramimage(): void {
    this._log("NVRAM_UNSUPPORTED: Espruino gives no way to the radio's own settings: nothing was changed");
  }

  /** Held at power-up it starts the receiver; null leaves that to the board's own pin. */
  setrescuepin(pin: { gpio: number } | null, polarity: number): void {
    if (!pin) this.enablerescuepin(true);
    else if (!hasPin(this._board, pin.gpio) || (polarity !== 0 && polarity !== 1))
      this._log("RESCUE_PIN: give one of hardware's pins, or null; polarity is 1 or 0");
    else this._keep(IdentityKind.Rescue, new Uint8Array([pin.gpio, polarity]));
  }

  /** The board's own pin, which counts unless said. */
  enablerescuepin(enabled: boolean): void {
    this._keep(IdentityKind.Rescue, new Uint8Array(enabled ? [] : [NO_RESCUE_GPIO, 0]));
  }

  _keep(kind: IdentityKind, body: Uint8Array): void {
    if (this._identity.write(kind, body)) this._log("FLASH_FAULT: it could not be kept");
  }
}

/** On 2.4 GHz, which is all that an ESP32 has; 0 for no region. */
function lastChannelOf(regionCode: number): number {
  switch (regionCode) {
    case 0x00005355:
    case 0x00115858:
    case 0x03b64143:
      return NARROW_LAST_CHANNEL;
    case 0x00004247:
    case 0x037f3045:
    case 0x03b8504a:
      return WIDE_LAST_CHANNEL;
  }
  return 0;
}
