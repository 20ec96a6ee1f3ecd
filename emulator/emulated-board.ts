// SPDX-License-Identifier: Apache-2.0
// One ESP32 that runs Espruino, under virtual time: shipped bundles, unchanged, in a context of their own for each start.
import { createContext, runInContext, Script } from "node:vm";
import type { Context } from "node:vm";
import { crc32 } from "node:zlib";
import type { Start } from "../hal/sim/models/chip.js";
import { Chip } from "../hal/sim/models/chip.js";
import type { Network } from "../hal/sim/models/network.js";
import type { NorFlash } from "../hal/sim/models/nor-flash.js";
import { PinWorld } from "../hal/sim/models/pins.js";
import type { Radio } from "../hal/sim/models/radio.js";
import { Station } from "../hal/sim/models/radio.js";
import { RandomRegister } from "../hal/sim/models/random-register.js";
import type { VirtualClock } from "../hal/sim/models/virtual-clock.js";
import type { StartTools } from "./modules.js";
import {
  cryptoModule,
  flashModule,
  httpModule,
  slowModule,
  storageModule,
  timerModule,
  wifiModule,
} from "./modules.js";
import { StorageLog } from "./storage.js";
import { trapCode } from "./traps.js";
import { waveformClass } from "./waveform.js";

const BOOT_FILE = ".bootcde";
/** Free at the prompt, with Bluetooth and without. */
const VARIABLES = { on: 3000, off: 5800 };
const STORAGE_BYTES = 917_504;

/** Enough for every variable of a small board to be looked at. */
const COLLECTION_US = 3000;

export interface EmulatedBoardOptions {
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  /** Storage files by name, as latin-1 text. */
  readonly storage: { readonly [name: string]: string };
  /** What all of it takes; a classic ESP32's unless said. */
  readonly storageBytes?: number;
  /** What runs at power on instead of .bootcde: a prompt, which then starts that itself. */
  readonly bootCode?: string;
  /** As the flash's own settings have it; on unless said, as in stock firmware. */
  readonly bluetooth?: boolean;
  readonly radio: Radio;
  readonly network: Network;
  /** Twelve hex digits. */
  readonly mac: string;
  /** Of what the chip's random register gives. */
  readonly seed: number;
  /** From 2v29 on there is require("timer"). */
  readonly firmware?: "2v27" | "2v29";
  /** Time between two garbage collections, each of which stops the program for 3 ms; none unless said. */
  readonly collectEveryMs?: number;
  /**
   * Of this machine's time: a program that does not come to an end is cut by the watchdog after so long. As long as it takes unless
   * said, or 0.
   */
  readonly longestTurnMs?: number;
  /** As Chip has it. */
  readonly keepsClock?: boolean;
  /** More names at root scope, for what a test hands to the program. */
  readonly names?: { readonly [name: string]: unknown };
}

/** What stock firmware leaves open to anybody near; the firmware closes it. */
export interface Consoles {
  bluetooth: boolean;
  telnet: boolean;
  accessPoint: boolean;
  serial: boolean;
}

/** What the console's password prompt takes. */
const PASSWORD_CHARACTERS = 20;

const traps = new Script(trapCode());
/** What takes a turn of the program, and may be told how long. */
const turns = createContext({ run: undefined as (() => void) | undefined });
const turn = new Script("run()");

export class EmulatedBoard extends Chip {
  /** Of the present start. */
  consoles: Consoles = { bluetooth: false, telnet: false, accessPoint: false, serial: false };
  readonly storage: StorageLog;
  private bluetooth: boolean;
  private readonly register: RandomRegister;

  constructor(private readonly options: EmulatedBoardOptions) {
    super(options.clock, new PinWorld(), (start) => this.boot(start), options.keepsClock);
    this.storage = new StorageLog(options.storage, options.storageBytes ?? STORAGE_BYTES);
    this.bluetooth = options.bluetooth ?? true;
    this.register = new RandomRegister(options.seed);
  }

  /** What its Storage holds, by name. */
  get files(): ReadonlyMap<string, string> {
    return this.storage.files;
  }

  override takeTurn(run: () => void): void {
    const { longestTurnMs } = this.options;
    if (!longestTurnMs || turns.run) return run();
    turns.run = run;
    try {
      turn.runInContext(turns, { timeout: longestTurnMs });
    } finally {
      turns.run = undefined;
    }
  }

  private boot(start: Start): void {
    const { collectEveryMs, names } = this.options;
    const context = createContext({});
    this.consoles = { bluetooth: this.bluetooth, telnet: true, accessPoint: false, serial: true };
    traps.runInContext(context);
    Object.assign(context, names);
    this.install(start, context, { name: "" });
    if (collectEveryMs) start.every(collectEveryMs * 1000, () => start.stall(COLLECTION_US));
    // The port restores WiFi, and with it an open access point, only after the boot file.
    start.later(0, () => (this.consoles.accessPoint = true));
    const code = this.options.bootCode ?? this.storage.read(BOOT_FILE) ?? "";
    runInContext(code, context, { filename: BOOT_FILE });
  }

  private install(start: Start, context: Context, running: { name: string }): void {
    const tools = toolsOf(start, context);
    context.global = context;
    this.installTime(start, context);
    this.installPins(start, context);
    this.installChip(start, context);
    const modules = this.modules(tools, running);
    context.require = (name: string) => {
      const found = modules[name];
      if (!found) throw new Error(`Module ${name} not found`);
      return found;
    };
  }

  private modules(tools: StartTools, running: { name: string }): { [name: string]: object | undefined } {
    const { flash, radio, network, firmware } = this.options;
    const station = new Station(radio);
    const slow = (name: string, module: object): object => slowModule(name, module, tools);
    return {
      Flash: slow("Flash", flashModule(flash, tools)),
      Storage: slow("Storage", storageModule(this.storage, running, tools)),
      Wifi: slow("Wifi", wifiModule(station, this.consoles, tools)),
      crypto: slow("crypto", cryptoModule(tools)),
      http: slow("http", httpModule(network, station, tools)),
      timer: firmware === "2v27" ? undefined : timerModule(tools),
      TelnetServer: { setOptions: ({ mode }: { mode: string }) => (this.consoles.telnet = mode !== "off") },
    };
  }

  private installTime(start: Start, context: Context): void {
    const code = (run: (() => void) | string) =>
      typeof run === "string" ? () => void runInContext(run, context) : run;
    context.getTime = () => start.clockUs / 1e6;
    context.setTime = (seconds: number) => start.setClock(seconds * 1e6);
    context.setTimeout = (run: (() => void) | string, ms: number) => start.later((ms || 0) * 1000, code(run));
    context.setInterval = (run: (() => void) | string, ms: number) => start.every(ms * 1000, code(run));
    context.clearTimeout = context.clearInterval = (id?: number) => {
      if (id === undefined) throw new Error("clearTimeout() without an id clears every timer there is");
      start.cancel(id);
    };
  }

  /** The port forgets its boot code over it. */
  private enableBluetooth(start: Start, on: boolean): never {
    this.bluetooth = on;
    this.storage.erase(BOOT_FILE);
    return start.restart();
  }

  private installPins({ pins }: Start, context: Context): void {
    context.__pins = pins;
    runInContext(
      `(function (pins) {
        global.Pin = function Pin(gpio) { this.gpio = gpio; };
        Pin.prototype.mode = function (mode) { if (mode !== "output" && mode !== "opendrain") pins.release(this.gpio, mode === "input_pulldown"); };
        Pin.prototype.read = function () { return pins.read(this.gpio); };
        Pin.prototype.write = function (level) { pins.write(this.gpio, !!level); };
        global.analogRead = function (pin) { return pins.analog(pin.gpio); };
        global.digitalPulse = function (pin, level, ms) { pins.pulse(pin.gpio, !!level, typeof ms === "number" ? [ms] : ms); };
        global.setWatch = function (run, pin, options) { return pins.watch({ gpio: pin.gpio, edge: options.edge, repeat: options.repeat, debounceMs: options.debounce || 0, run: run }); };
        global.clearWatch = function (id) { if (id === undefined) throw new Error("clearWatch() without an id clears every watch there is"); pins.unwatch(id); };
      })(__pins); delete global.__pins;`,
      context,
    );
  }

  private installChip(start: Start, context: Context): void {
    const { mac } = this.options;
    const { consoles } = this;
    // Seeded the same at every start.
    const hwRand = new RandomRegister(2002641757);
    const print = (line: string): void => {
      start.timer.refuseInTask("print()");
      this.onConsole?.(String(line));
    };
    context.print = print;
    context.console = { log: print };
    context.getSerial = () => `${mac.slice(0, 8)}-${mac.slice(8)}`;
    context.ESP32 = {
      reboot: () => start.restart(),
      getState: () => ({ BLE: this.bluetooth, Wifi: true }),
      enableBLE: (on: boolean) => this.enableBluetooth(start, on),
    };
    context.NRF = {
      setServices: (_services: object, { uart }: { uart: boolean }) => (consoles.bluetooth = uart),
    };
    let password = "";
    context.Waveform = waveformClass(start);
    context.peek32 = () => this.register.read();
    context.url = { parse: parseUrl };
    const uncaught: ((error: unknown) => void)[] = [];
    context.process = {
      env: { VERSION: this.options.firmware ?? "2v29" },
      memory: () => ({ free: this.bluetooth ? VARIABLES.on : VARIABLES.off, gctime: COLLECTION_US / 1000 }),
      on: (event: string, run: (error: unknown) => void) => {
        if (event !== "uncaughtException") return;
        uncaught.push(run);
        start.uncaught = (error) => uncaught.forEach((one) => one(error));
      },
      removeAllListeners: () => {
        uncaught.length = 0;
        start.uncaught = undefined;
      },
    };
    context.E = {
      CRC32: (data: string | ArrayLike<number>) =>
        crc32(typeof data === "string" ? Buffer.from(data, "latin1") : Uint8Array.from(data)),
      convolve: (first: ArrayLike<number>, second: ArrayLike<number>, offset: number) =>
        convolve(first, second, offset),
      sum: (samples: ArrayLike<number>) => sumOf(samples, (sample) => sample),
      // The sum of the squares, whatever its name says.
      variance: (samples: ArrayLike<number>, mean: number) => sumOf(samples, (sample) => (sample - mean) ** 2),
      // No ESP32 build reads its thermometer.
      getTemperature: () => NaN,
      enableWatchdog: (seconds: number) => (start.watchdogUs = seconds * 1e6),
      getErrorFlags: () => start.pins.takeErrorFlags(),
      hwRand: () => hwRand.read(),
      // Without a password it locks nothing.
      lockConsole: () => (consoles.serial &&= password === ""),
      setPassword(text: string) {
        if (text.length > PASSWORD_CHARACTERS) throw new Error("a longer password can never be typed");
        password = text;
      },
    };
    runInContext(
      "E.toUint8Array = function (text) { var bytes = new Uint8Array(text.length);" +
        "for (var i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); return bytes; };",
      context,
    );
  }
}

function toolsOf(start: Start, context: Context): StartTools {
  const make = (code: string) => runInContext(code, context) as (data: unknown) => unknown;
  return {
    start,
    bytes: make("(data) => new Uint8Array(data)"),
    buffer: make("(data) => new Uint8Array(data).buffer"),
  };
}

/** From an offset on, and round at the end. */
function convolve(first: ArrayLike<number>, second: ArrayLike<number>, offset: number): number {
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += first[i]! * second[(offset + i) % second.length]!;
  return sum;
}

function sumOf(samples: ArrayLike<number>, term: (sample: number) => number): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += term(samples[i]!);
  return sum;
}

function parseUrl(text: string): object {
  const { hostname, port, pathname, search } = new URL(text);
  return { host: hostname, port: Number(port || 80), path: pathname + search, method: "GET" };
}
