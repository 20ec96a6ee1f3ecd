// SPDX-License-Identifier: Apache-2.0
// What every product script sees. Names and arguments are Electric Imp's; docs/API.md explains each call.

interface ImpPin {
  readonly gpio: number;
  /** An output may begin with a level; an input may have a handler that is called after each edge. */
  configure(mode: number, then?: number | (() => void)): void;
  /** 0 or 1; 0 to 65535 for an analogue input. */
  read(): number;
  write(level: number): void;
}

interface HardwareApi {
  readonly pinA: ImpPin;
  readonly pinB: ImpPin;
  readonly pinC: ImpPin;
  readonly pinD: ImpPin;
  readonly pinE: ImpPin;
  readonly pinF: ImpPin;
  readonly pinG: ImpPin;
  readonly pinH: ImpPin;
  /** 0 to 65535, brighter is higher; one of these two behind a comparator. */
  lightlevel(): number;
  /** 16 hex digits. */
  getdeviceid(): string;
  millis(): number;
  micros(): number;
}

interface ConfigParams {
  readonly deviceid?: string;
  /** On a fixture its own id, on a DUT the id of the fixture that lit it. */
  readonly factory_imp_device_id?: string;
  /** @deprecated present and true while in the factory */
  readonly factoryfirmware?: boolean;
  /** @deprecated present and true on a fixture */
  readonly is_factory_fixture?: boolean;
  /** @deprecated on a fixture its own MAC address, on a DUT the last 12 digits of factory_imp_device_id */
  readonly factory_imp?: string;
}

interface ImpApi {
  /** Empty until delivered: wait with onidle. */
  readonly configparams: ConfigParams;
  readonly net: { info(): { ssid: string; mac: string; rssi: number } };
  /** In an application; elsewhere it changes nothing. */
  enableblinkup(enabled: boolean): void;
  onidle(callback: () => void): void;
  wakeup(seconds: number, callback: () => void): number;
  cancelwakeup(timer: number): void;
  reset(): void;
  getssid(): string;
  getmacaddress(): string;
  clearconfiguration(what?: number): void;
  setwificonfiguration(ssid: string, key: string): void;
  /** Both 16 hex digits. */
  setenroltokens(planId: string, token: string): void;
}

interface CommonServer {
  log(message: unknown): void;
  error(message: unknown): void;
  isconnected(): boolean;
  /** SERVER_CONNECTED, or why not: NO_WIFI, NO_SERVER. 60 s unless said. */
  connect(callback?: (reason: number) => void, timeoutS?: number): void;
  disconnect(): void;
  flush(timeoutS?: number): void;
}

interface AgentLink {
  on(name: string, handler: (data: unknown) => void): void;
  /** 0 once it is queued, else 1. */
  send(name: string, data: unknown): number;
}

declare const hardware: HardwareApi;
declare const agent: AgentLink;

declare const DIGITAL_IN: number;
declare const DIGITAL_IN_PULLUP: number;
declare const DIGITAL_IN_PULLDOWN: number;
declare const DIGITAL_OUT: number;
/** Open drain: 0 pulls down, 1 lets go. */
declare const DIGITAL_OUT_OD: number;
declare const ANALOG_IN: number;
declare const CONFIG_WIFI: number;
declare const CONFIG_STATIC_NETWORK: number;
declare const CONFIG_PROXY: number;
declare const CONFIG_ALL: number;
declare const NOT_CONNECTED: number;
declare const NO_WIFI: number;
declare const NO_IP_ADDRESS: number;
declare const NOT_RESOLVED: number;
declare const NO_SERVER: number;
declare const SERVER_CONNECTED: number;
