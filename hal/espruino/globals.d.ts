// SPDX-License-Identifier: Apache-2.0
// The Espruino that this firmware uses, true to the ESP32 port: nothing is declared that is not called.

type EspruinoPinMode = "input" | "input_pullup" | "input_pulldown" | "output" | "opendrain" | "analog";

declare class Pin {
  constructor(gpio: number);
  mode(mode: EspruinoPinMode): void;
  read(): boolean;
  write(level: boolean | number): void;
}

declare const global: { [name: string]: unknown };
declare function analogRead(pin: Pin): number;
declare function digitalPulse(pin: Pin, level: number, ms: number | Float32Array): void;
declare function getSerial(): string;
declare function getTime(): number;
/** Timers that run are moved along; the ESP32's clock goes on over a restart. */
declare function setTime(seconds: number): void;
declare function peek32(address: number): number;
declare function print(line: string): void;
declare function setTimeout(run: (() => void) | string, ms: number): number;
declare function clearTimeout(id?: number): void;
declare function setInterval(run: () => void, ms: number): number;
declare function clearInterval(id?: number): void;
declare function clearWatch(id: number): void;
declare function setWatch(
  run: (event: { time: number; lastTime?: number; state: boolean }) => void,
  pin: Pin,
  options: { repeat: boolean; edge: "rising" | "falling" | "both"; debounce: number },
): number;

declare const E: {
  CRC32(bytes: Uint8Array): number;
  /** Goes round at the end of the second array. */
  convolve(first: Float32Array | Int8Array, second: Uint8Array, offset: number): number;
  enableWatchdog(seconds: number, automatic: boolean): void;
  sum(samples: Float32Array): number;
  /** The sum of the squares: not divided. */
  variance(samples: Float32Array, mean: number): number;
  /** In degrees Celsius; NaN where the port reads none. */
  getTemperature?(): number;
  /** Since they were last asked for. */
  getErrorFlags(): string[];
  lockConsole(): void;
  setPassword(password: string): void;
  toUint8Array(text: string): Uint8Array;
};
/** Undefined in a build without it. */
declare const Waveform: EspruinoWaveformClass | undefined;
interface EspruinoWaveform {
  on(event: "buffer", full: () => void): void;
  startInput(pin: Pin, hz: number, options: { repeat: boolean }): void;
  stop(): void;
}
interface EspruinoWaveformClass {
  new (samples: number, options: { doubleBuffer: boolean; bits: number }): EspruinoWaveform;
}
declare const ESP32: { reboot(): void };
declare const NRF: { setServices(services: object, options: { uart: boolean }): void } | undefined;
declare const process: {
  /** Variables, and the milliseconds of the collection that counted them. */
  memory(): { free: number; gctime: number };
  on(event: "uncaughtException", handler: (error: { message?: string } | string) => void): void;
  removeAllListeners(event: "uncaughtException"): void;
};
declare const url: { parse(url: string): HttpOptions };
/** Set by the stage that chains another one; gone after it was read. */
declare let chainedEntries: Uint8Array | undefined;

interface HttpOptions {
  host: string;
  port: number;
  path: string;
  method: string;
  headers: { [name: string]: string | number };
}
interface HttpAnswer {
  /** A string, or NaN when the first line was no HTTP. */
  statusCode: string;
  headers: { [name: string]: string | undefined };
  on(event: "data", handler: (text: string) => void): void;
  on(event: "close", handler: () => void): void;
}
interface HttpRequest {
  on(event: "error", handler: (error: { code: number }) => void): void;
  /** Throws when the connection is refused or the name is unknown. */
  end(body: string): void;
}

interface EspruinoModules {
  Flash: {
    read(length: number, address: number): Uint8Array;
    write(bytes: Uint8Array, address: number): void;
    erasePage(address: number): void;
  };
  Storage: { read(name: string): string | undefined };
  Wifi: {
    connect(ssid: string, options: { password: string }, done: (reason: string | null) => void): void;
    disconnect(done?: () => void): void;
    stopAP(done?: () => void): void;
    scan(done: (found: readonly { ssid: string; rssi: number }[]) => void): void;
    getStatus(): { station: string; rssi?: number; channel?: number | string };
  };
  TelnetServer: { setOptions(options: { mode: "off" | "on" }): void };
  crypto: {
    SHA256(data: Uint8Array): ArrayBuffer;
    PBKDF2(
      key: Uint8Array,
      salt: Uint8Array,
      options: { keySize: number; iterations: number; hasher: "SHA256" },
    ): ArrayBuffer;
  };
  http: { request(options: HttpOptions, answered: (answer: HttpAnswer) => void): HttpRequest };
  timer: {
    /** `fn` runs between two statements of whatever runs, and while it does no other tick comes. */
    add(task: { type: "EXEC"; fn: () => void; time: number; interval: number }): number;
    remove(id: number): void;
  };
}
declare function require<Name extends keyof EspruinoModules>(name: Name): EspruinoModules[Name];

/** In every accepted firmware, and not in lib ES5. */
interface ObjectConstructor {
  assign<Target, Source>(target: Target, source: Source): Target & Source;
}
