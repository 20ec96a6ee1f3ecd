// SPDX-License-Identifier: Apache-2.0
// imp: settings, timers and identity, the same in every role. clearconfiguration is the role's.
import type { NetworkBoard } from "../../hal/board.js";
import { ErrorCode } from "../../hal/error.js";
import { ENTRY_ORDER, EntryType, findEntry, putEntry } from "../core/blinkup/entries.js";
import { asciiBytes, asciiText, EMPTY, hexBytes, hexText } from "../core/protocol/bytes.js";
import type { RecordLog } from "../store/record-log.js";
import { Origin, SETTINGS_KIND } from "../store/kinds.js";

const CONFIG_WIFI = 1;
const CONFIG_STATIC_NETWORK = 2;
const CONFIG_PROXY = 4;
const CONFIG_ALL = 7;
const ENTRIES_BYTES = 255;
const SSID_LIMIT_BYTES = 32;
const KEY_LIMIT_BYTES = 64;

export class Imp {
  /** Empty until the server has delivered it: wait with onidle. */
  configparams: { [key: string]: unknown };
  readonly net: object;
  /** Light is the application's business alone: elsewhere the window has been, and comes again at the next start. */
  enableblinkup: (enabled: boolean) => void;
  _board: NetworkBoard;
  _settings: RecordLog;
  _idle: (() => void) | undefined;
  _isIdle: boolean;
  _clear: () => void;

  constructor(board: NetworkBoard, settings: RecordLog, clear: () => void) {
    this.configparams = {};
    this.net = {
      info: () => ({ ssid: this.getssid(), mac: this.getmacaddress(), rssi: board.wifi.rssi() }),
    };
    this.enableblinkup = () => undefined;
    this._board = board;
    this._settings = settings;
    this._idle = undefined;
    this._isIdle = false;
    this._clear = clear;
  }

  /** Calls back once, when configparams is complete or nothing is there that could deliver it. */
  onidle(callback: () => void): void {
    if (this._isIdle) this._board.timers.after(0, callback);
    else this._idle = callback;
  }

  wakeup(seconds: number, callback: () => void): number {
    return this._board.timers.after(seconds * 1000, callback);
  }

  cancelwakeup(timer: number): void {
    this._board.timers.cancel(timer);
  }

  reset(): void {
    this._board.system.restart();
  }

  getssid(): string {
    return asciiText(this._entry(EntryType.Ssid));
  }

  getmacaddress(): string {
    return hexText(this._board.system.deviceId).slice(4);
  }

  /** Everything unless flags say what; what goes is erased. The connection stays. */
  clearconfiguration(what: number | undefined): void {
    if (what === undefined || what === CONFIG_ALL) {
      this._clear();
      return;
    }
    const gone = [] as EntryType[];
    if (what & CONFIG_WIFI) gone.push(EntryType.Ssid, EntryType.Password);
    if (what & CONFIG_STATIC_NETWORK) gone.push(EntryType.StaticIp);
    if (what & CONFIG_PROXY) gone.push(EntryType.Proxy);
    if (this._settings.read(SETTINGS_KIND)) this._change(gone, []);
  }

  /** Used from the next connection on; an empty key is an open network. */
  setwificonfiguration(ssid: string, key: string): void {
    if (!ssid || ssid.length > SSID_LIMIT_BYTES) this._say("SETTINGS_SSID: a network's name has 1 to 32 bytes");
    else if (key.length > KEY_LIMIT_BYTES) this._say("SETTINGS_PASSWORD: a key has 64 bytes at most");
    else this._change([EntryType.Ssid, EntryType.Password], [asciiBytes(ssid), asciiBytes(key)]);
  }

  /** Both are 16 hex digits. */
  setenroltokens(planId: string, token: string): void {
    const digits = planId + token;
    const enrolment = hexBytes(digits.slice(0, 32));
    if (digits.length !== 32 || hexText(enrolment) !== digits.toLowerCase()) {
      this._say("SETTINGS_TOKEN: plan id and token are 16 hex digits each");
      return;
    }
    for (let half = 0; half < 16; half += 8) {
      for (let i = 0; i < 4; i++) {
        const swap = enrolment[half + i] as number;
        enrolment[half + i] = enrolment[half + 7 - i] as number;
        enrolment[half + 7 - i] = swap;
      }
    }
    this._change([EntryType.Enrolment], [enrolment]);
  }

  _delivered(json: string): void {
    this.configparams = JSON.parse(json);
    this._isIdle = true;
    if (this._idle) this._board.timers.after(0, this._idle);
    this._idle = undefined;
  }

  _entry(type: EntryType): Uint8Array {
    const body = this._settings.read(SETTINGS_KIND);
    if (!body) return EMPTY;
    const entries = body.subarray(1, body.length);
    return findEntry(entries, entries.length, type) || EMPTY;
  }

  /** Gives these entries new values, or none, and keeps all others; nothing of the old ones stays in flash. */
  _change(types: EntryType[], values: Uint8Array[]): void {
    const before = this._settings.read(SETTINGS_KIND);
    const body = new Uint8Array(1 + ENTRIES_BYTES);
    let end = 1;
    body[0] = before ? (before[0] as number) : Origin.Production;
    for (let i = 0; i < ENTRY_ORDER.length; i++) {
      const type = ENTRY_ORDER[i] as EntryType;
      const changed = types.indexOf(type);
      const value =
        changed < 0 ? before && findEntry(before.subarray(1, before.length), before.length - 1, type) : values[changed];
      if (value) end = putEntry(body, end, type, value);
    }
    const status = end < 0 ? ErrorCode.NoSpace : this._settings.replace(SETTINGS_KIND, body.subarray(0, end));
    if (status) this._say("FLASH_FAULT: settings could not be changed (" + status + ")");
  }

  _say(what: string): void {
    this._board.system.print(what);
  }
}
