// SPDX-License-Identifier: Apache-2.0
// One ESP32 that runs Espruino, under virtual time: shipped bundles, unchanged, in a context of their own for each start.
import { createContext, runInContext, Script } from "node:vm";
import type { Context } from "node:vm";
import { crc32 } from "node:zlib";
import type { Network } from "../hal/sim/models/network.js";
import type { NorFlash } from "../hal/sim/models/nor-flash.js";
import { PowerCut } from "../hal/sim/models/nor-flash.js";
import type { Radio } from "../hal/sim/models/radio.js";
import type { VirtualClock } from "../hal/sim/models/virtual-clock.js";
import type { StartTools } from "./modules.js";
import { cryptoModule, flashModule, httpModule, storageModule, timerModule, wifiModule } from "./modules.js";
import { Pins, PinWorld } from "./pins.js";
import { trapCode } from "./traps.js";

const BOOT_FILE = ".bootcde";
const RESTART_US = 200_000;
const VARIABLES = 3000;

/** Thrown through the running program when the chip restarts: nothing of it goes on. */
class Restart extends Error {
  override readonly name = "Restart";
}

export interface EmulatedBoardOptions {
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  /** Storage files by name, as latin-1 text. */
  readonly storage: { readonly [name: string]: string };
  readonly radio: Radio;
  readonly network: Network;
  /** Twelve hex digits. */
  readonly mac: string;
  /** Of what the chip's random register gives. */
  readonly seed: number;
  /** From 2v29 on there is require("timer"). */
  readonly firmware?: "2v27" | "2v29";
}

/** What lives as long as one start. */
interface Start {
  readonly context: Context;
  readonly pins: Pins;
  over: boolean;
  uncaught: ((error: unknown) => void) | undefined;
}

const traps = new Script(trapCode());

export class EmulatedBoard {
  readonly world = new PinWorld();
  onConsole: ((line: string) => void) | undefined;
  starts = 0;
  private readonly files: Map<string, string>;
  private start: Start | undefined;
  private entropy: number;

  constructor(private readonly options: EmulatedBoardOptions) {
    this.files = new Map(Object.entries(options.storage));
    this.entropy = options.seed >>> 0;
  }

  get isOn(): boolean {
    return this.start !== undefined;
  }

  powerOn(): void {
    if (this.start) return;
    this.starts++;
    const running = { name: "" };
    const start: Start = { context: createContext({}), pins: undefined as never, over: false, uncaught: undefined };
    const later = (us: number, run: () => void): number => this.options.clock.after(us, () => this.guard(start, run));
    Object.assign(start, { pins: new Pins(this.options.clock, this.world, later) });
    this.start = start;
    traps.runInContext(start.context);
    this.install(start, running);
    this.guard(start, () => runInContext(this.files.get(BOOT_FILE) ?? "", start.context, { filename: BOOT_FILE }));
  }

  powerOff(): void {
    if (this.start) this.start.over = true;
    this.start = undefined;
  }

  /** Something outside drives a pin: a button, a jumper. */
  drive(gpio: number, level: boolean): void {
    if (this.start) this.start.pins.drive(gpio, level);
    else this.world.driven.set(gpio, level);
  }

  /** Runs the program's code; what it throws goes where Espruino sends it. */
  private guard(start: Start, run: () => void): void {
    if (start.over) return;
    try {
      run();
    } catch (error) {
      if (error instanceof Restart) return;
      if (error instanceof PowerCut) this.powerOff();
      else this.report(start, error);
    }
  }

  private report(start: Start, error: unknown): void {
    this.onConsole?.(`Uncaught ${(error as Error).stack ?? String(error)}`);
    if (start.uncaught) this.guard(start, () => start.uncaught?.(error));
  }

  private restart(start: Start): never {
    start.over = true;
    this.start = undefined;
    this.options.clock.after(RESTART_US, () => this.powerOn());
    throw new Restart("ESP32.reboot()");
  }

  private install(start: Start, running: { name: string }): void {
    const { context } = start;
    const tools = this.tools(start);
    context.global = context;
    this.installTime(start, tools);
    this.installPins(start);
    this.installChip(start);
    const modules = this.modules(tools, running);
    context.require = (name: string) => {
      const found = modules[name];
      if (!found) throw new Error(`Module ${name} not found`);
      return found;
    };
  }

  private tools(start: Start): StartTools {
    const { clock } = this.options;
    const bytes = runInContext("(data) => new Uint8Array(data)", start.context) as (data: number[]) => unknown;
    const buffer = runInContext("(data) => new Uint8Array(data).buffer", start.context) as (data: number[]) => unknown;
    return {
      later: (us, run) => clock.after(us, () => this.guard(start, run)),
      every: (us, run) => {
        const id = clock.every(us, () => (start.over ? clock.cancel(id) : this.guard(start, run)));
        return id;
      },
      cancel: (id) => clock.cancel(id),
      bytes: (data) => bytes(data as unknown as number[]),
      buffer: (data) => buffer(data as unknown as number[]),
    };
  }

  private modules(tools: StartTools, running: { name: string }): { [name: string]: object | undefined } {
    const { flash, radio, network, firmware } = this.options;
    return {
      Flash: flashModule(flash, tools),
      Storage: storageModule(this.files, running),
      Wifi: wifiModule(radio, tools),
      crypto: cryptoModule(tools),
      http: httpModule(network, tools),
      timer: firmware === "2v27" ? undefined : timerModule(tools),
      TelnetServer: { setOptions: () => undefined },
    };
  }

  private installTime({ context }: Start, tools: StartTools): void {
    const { clock } = this.options;
    const code = (run: (() => void) | string) =>
      typeof run === "string" ? () => void runInContext(run, context) : run;
    const startUs = clock.nowUs;
    context.getTime = () => (clock.nowUs - startUs) / 1e6;
    context.setTimeout = (run: (() => void) | string, ms: number) => tools.later((ms || 0) * 1000, code(run));
    context.setInterval = (run: (() => void) | string, ms: number) => tools.every(ms * 1000, code(run));
    context.clearTimeout = context.clearInterval = (id?: number) => {
      if (id === undefined) throw new Error("clearTimeout() without an id clears every timer there is");
      tools.cancel(id);
    };
  }

  private installPins({ context, pins }: Start): void {
    context.__pins = pins;
    runInContext(
      `(function (pins) {
        global.Pin = function Pin(gpio) { this.gpio = gpio; };
        Pin.prototype.mode = function (mode) { if (mode !== "output") pins.release(this.gpio); };
        Pin.prototype.read = function () { return pins.read(this.gpio); };
        Pin.prototype.write = function (level) { pins.write(this.gpio, !!level); };
        global.analogRead = function (pin) { return pins.analog(pin.gpio); };
        global.digitalPulse = function (pin, level, ms) { pins.pulse(pin.gpio, !!level, typeof ms === "number" ? [ms] : ms); };
        global.setWatch = function (run, pin, options) { return pins.watch(pin.gpio, options.edge, options.repeat, run); };
      })(__pins); delete global.__pins;`,
      context,
    );
  }

  private installChip(start: Start): void {
    const { context } = start;
    const { mac } = this.options;
    const print = (line: string): void => this.onConsole?.(String(line));
    context.print = print;
    context.console = { log: print };
    context.getSerial = () => `${mac.slice(0, 8)}-${mac.slice(8)}`;
    context.ESP32 = { reboot: () => this.restart(start) };
    context.NRF = { setServices: () => undefined };
    context.peek32 = () => {
      // The same stream as the real interpreter's prelude gives.
      this.entropy = (this.entropy * 16807) % 2147483647;
      return this.entropy;
    };
    context.url = { parse: parseUrl };
    context.process = {
      env: { VERSION: this.options.firmware ?? "2v29" },
      memory: () => ({ free: VARIABLES }),
      on: (event: string, run: (error: unknown) => void) => {
        if (event === "uncaughtException") start.uncaught = run;
      },
    };
    context.E = {
      CRC32: (data: ArrayLike<number>) => crc32(Uint8Array.from(data)),
      enableWatchdog: () => undefined,
      lockConsole: () => undefined,
      setPassword: () => undefined,
    };
    runInContext(
      "E.toUint8Array = function (text) { var bytes = new Uint8Array(text.length);" +
        "for (var i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); return bytes; };",
      context,
    );
  }
}

function parseUrl(text: string): object {
  const { hostname, port, pathname, search } = new URL(text);
  return { host: hostname, port: Number(port || 80), path: pathname + search, method: "GET" };
}
