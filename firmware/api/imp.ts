// SPDX-License-Identifier: Apache-2.0
// imp: settings, timers and identity, the same in every role. clearconfiguration is the role's.
import type { NetworkBoard } from "../../hal/board.js";
import { ErrorCode } from "../../hal/error.js";
import { EntryType, findEntry, putEntry } from "../core/blinkup/entries.js";
import { asciiBytes, asciiText, EMPTY, hexBytes, hexText } from "../core/protocol/bytes.js";
import type { RecordLog } from "../store/record-log.js";
import { Origin, SETTINGS_KIND } from "../store/kinds.js";

const CONFIG_WIFI = 1;
const CONFIG_STATIC_NETWORK = 2;
const CONFIG_PROXY = 4;
const CONFIG_ALL = 7;
const ENTRIES_BYTES = 255;

export class Imp {
  readonly CONFIG_WIFI: number;
  readonly CONFIG_STATIC_NETWORK: number;
  readonly CONFIG_PROXY: number;
  readonly CONFIG_ALL: number;
  /** Empty until the server has delivered it: wait with onidle. */
  configparams: { [key: string]: unknown };
  readonly net: object;
  _board: NetworkBoard;
  _settings: RecordLog;
  _idle: (() => void) | undefined;
  _isIdle: boolean;
  _clear: () => void;

  constructor(board: NetworkBoard, settings: RecordLog, clear: () => void) {
    this.CONFIG_WIFI = CONFIG_WIFI;
    this.CONFIG_STATIC_NETWORK = CONFIG_STATIC_NETWORK;
    this.CONFIG_PROXY = CONFIG_PROXY;
    this.CONFIG_ALL = CONFIG_ALL;
    this.configparams = {};
    this.net = {
      info: () => ({ ssid: this.getssid(), mac: this.getmacaddress(), rssi: board.wifi.rssi() }),
    };
    this._board = board;
    this._settings = settings;
    this._idle = undefined;
    this._isIdle = false;
    this._clear = clear;
  }

  /** Calls back once configparams is complete. */
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

  /** Nothing by default means everything. Does not drop the present connection. */
  clearconfiguration(what: number | undefined): void {
    if (what === undefined || what === CONFIG_ALL) this._clear();
    else this._board.system.print("imp.clearconfiguration clears CONFIG_ALL only; nothing was cleared");
  }

  /** Used from the next connection on; an empty key is an open network. */
  setwificonfiguration(ssid: string, key: string): void {
    this._rewrite(asciiBytes(ssid), asciiBytes(key), this._entry(EntryType.Enrolment));
  }

  /** Both are 16 hex digits. */
  setenroltokens(planId: string, token: string): void {
    const enrolment = hexBytes(planId + token);
    for (let half = 0; half < 16; half += 8) {
      for (let i = 0; i < 4; i++) {
        const swap = enrolment[half + i] as number;
        enrolment[half + i] = enrolment[half + 7 - i] as number;
        enrolment[half + 7 - i] = swap;
      }
    }
    this._rewrite(this._entry(EntryType.Ssid), this._entry(EntryType.Password), enrolment);
  }

  _delivered(json: string): void {
    this.configparams = JSON.parse(json);
    this._isIdle = true;
    if (this._idle) this._board.timers.after(0, this._idle);
  }

  _entry(type: EntryType): Uint8Array {
    const body = this._settings.read(SETTINGS_KIND);
    if (!body) return EMPTY;
    const entries = body.subarray(1, body.length);
    return findEntry(entries, entries.length, type) || EMPTY;
  }

  _rewrite(ssid: Uint8Array, password: Uint8Array, enrolment: Uint8Array): void {
    const body = new Uint8Array(1 + ENTRIES_BYTES);
    const before = this._settings.read(SETTINGS_KIND);
    const url = this._entry(EntryType.ServerUrl);
    body[0] = before ? (before[0] as number) : Origin.Production;
    let at = putEntry(body, 1, EntryType.Ssid, ssid);
    at = putEntry(body, at, EntryType.Password, password);
    if (url.length) at = putEntry(body, at, EntryType.ServerUrl, url);
    if (enrolment.length) at = putEntry(body, at, EntryType.Enrolment, enrolment);
    if (this._settings.write(SETTINGS_KIND, body.subarray(0, at)) !== ErrorCode.Ok)
      this._board.system.print("settings could not be written: FLASH_FAULT");
  }
}
