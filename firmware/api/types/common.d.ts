// SPDX-License-Identifier: Apache-2.0
// What every product script sees. Names and arguments are Electric Imp's; docs/API.md explains each call.

interface ImpPin {
  readonly gpio: number;
  configure(mode: number, level?: number): void;
  /** 0 or 1; 0 to 65535 for an analogue input. */
  read(): number;
  write(level: number): void;
}

interface HardwareApi {
  readonly DIGITAL_IN: number;
  readonly DIGITAL_IN_PULLUP: number;
  readonly DIGITAL_OUT: number;
  readonly ANALOG_IN: number;
  readonly pinA: ImpPin;
  readonly pinB: ImpPin;
  readonly pinC: ImpPin;
  readonly pinD: ImpPin;
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
}

interface ImpApi {
  readonly CONFIG_WIFI: number;
  readonly CONFIG_STATIC_NETWORK: number;
  readonly CONFIG_PROXY: number;
  readonly CONFIG_ALL: number;
  /** Empty until delivered: wait with onidle. */
  readonly configparams: ConfigParams;
  readonly net: { info(): { ssid: string; mac: string; rssi: number } };
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
  connect(callback?: (connected: boolean) => void): void;
  disconnect(): void;
  flush(): void;
}

interface AgentLink {
  on(name: string, handler: (data: unknown) => void): void;
  send(name: string, data: unknown): void;
}

declare const imp: ImpApi;
declare const hardware: HardwareApi;
declare const agent: AgentLink;
