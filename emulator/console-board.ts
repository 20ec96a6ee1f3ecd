// SPDX-License-Identifier: Apache-2.0
// An emulated board that can be talked to as a real one: its prompt over TCP, in real time or so many times faster.
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { EmulatedBoard } from "./emulated-board.js";
import { Network } from "../hal/sim/models/network.js";
import { NorFlash } from "../hal/sim/models/nor-flash.js";
import { Radio } from "../hal/sim/models/radio.js";
import { VirtualClock } from "../hal/sim/models/virtual-clock.js";

export interface ConsoleBoardOptions {
  /** From 2v29 on there is require("timer"). */
  readonly firmware?: "2v27" | "2v29";
  /** What runs from power on; reset() goes without. */
  readonly program?: string;
  /** What is always there: a build's own way. */
  readonly always?: string;
  /** As EmulatedBoardOptions has it. */
  readonly longestTurnMs?: number;
  /** Between two garbage collections, which take 3 ms each. */
  readonly collectEveryMs?: number;
  /** Of the board's time to the real one. */
  readonly speed?: number;
  /** What becomes of a console line on its way. */
  readonly line?: (line: string) => string;
  /** What it has in its raw flash; blank unless given. */
  readonly flash?: NorFlash;
  /** What it has in its Storage. Without a `program`, its .bootcde runs from power on. */
  readonly storage?: { readonly [name: string]: string };
  readonly storageBytes?: number;
  /** What its Espruino says of itself; 2v29 for ESP32 unless given. */
  readonly says?: { readonly VERSION?: string; readonly BOARD?: string };
  readonly bluetooth?: boolean;
  /** Which of the bytes that it is sent never arrive, counted from power on. */
  readonly loses?: readonly number[];
}

const PACE_MS = 5;
const STEP_US = 1000;

export class ConsoleBoard {
  readonly clock = new VirtualClock();
  readonly radio = new Radio(this.clock);
  readonly network = new Network(this.clock);
  readonly board: EmulatedBoard;
  readonly said: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly prompt = new Prompt((text) => this.sockets.forEach((socket) => socket.write(text, "latin1")));
  private readonly pace: NodeJS.Timeout;
  /** So many bytes were sent to it. */
  bytesHeard = 0;
  private bytesLeft = Infinity;
  private runsProgram = true;
  private idle: (() => void) | undefined;

  private constructor(private readonly options: ConsoleBoardOptions) {
    this.board = new EmulatedBoard({
      clock: this.clock,
      flash: options.flash ?? NorFlash.blank(0x310000, 0x10000),
      storage: options.storage ?? {},
      ...(options.storageBytes === undefined ? {} : { storageBytes: options.storageBytes }),
      bluetooth: options.bluetooth ?? false,
      bootCode: BOOT,
      radio: this.radio,
      network: this.network,
      longestTurnMs: options.longestTurnMs ?? 0,
      mac: "30aea4000001",
      seed: 1,
      firmware: options.firmware ?? "2v29",
      collectEveryMs: options.collectEveryMs ?? 0,
      names: this.names(),
    });
    this.board.onConsole = (line) => this.say(line);
    this.clock.every(STEP_US, () => undefined);
    this.pace = this.keepPace(options.speed ?? 1);
    this.server = createServer((socket) => this.attach(socket));
    this.board.powerOn();
  }

  static async start(options: ConsoleBoardOptions = {}): Promise<ConsoleBoard> {
    const board = new ConsoleBoard(options);
    await new Promise<void>((resolve) => board.server.listen(0, "127.0.0.1", resolve));
    return board;
  }

  get tcpPort(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get port(): string {
    return `tcp://127.0.0.1:${this.tcpPort}`;
  }

  /** The cable comes off so many received bytes from now. */
  cutAfter(bytes: number): void {
    this.bytesLeft = bytes;
  }

  /** Off and on again, as its power supply has it. */
  powerCycle(): void {
    this.boot(true);
  }

  /** The cable comes off. */
  unplug(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    clearInterval(this.pace);
    this.unplug();
    this.server.close();
  }

  private names(): { readonly [name: string]: unknown } {
    const latin1 = (data: string | ArrayLike<number>) =>
      typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(Uint8Array.from(data));
    return {
      btoa: (data: string | ArrayLike<number>) => latin1(data).toString("base64"),
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      echo: (on: unknown) => void (this.prompt.echo = !!on),
      reset: () => void (this.idle = () => this.boot(false)),
      load: () => void (this.idle = () => this.boot(true)),
      __says: JSON.stringify({ BOARD: "ESP32", ...this.options.says }),
      __program: () => `${this.options.always ?? ""};\n${this.runsProgram ? this.program() : ""}`,
      __ready: (run: (code: string) => unknown) => (this.prompt.run = (code) => this.run(() => run(code))),
    };
  }

  private program(): string {
    return this.options.program ?? this.board.storage.read(".bootcde") ?? "";
  }

  /** In the board's turn; what reset() asked for comes when the line is done. */
  private run(line: () => unknown): unknown {
    let value: unknown;
    let failure: unknown;
    this.board.current?.guard(() => {
      try {
        value = line();
      } catch (error) {
        if ((error as Error).name === "Restart") throw error;
        failure = error;
      }
    });
    const { idle } = this;
    this.idle = undefined;
    idle?.();
    if (failure !== undefined) throw failure;
    return value;
  }

  private boot(runsProgram: boolean): void {
    this.runsProgram = runsProgram;
    this.prompt.echo = true;
    this.board.powerOff();
    this.board.powerOn();
    this.runsProgram = true;
  }

  private say(line: string): void {
    this.said.push(line);
    this.prompt.print(this.options.line?.(line) ?? line);
  }

  private attach(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("data", (bytes) => this.take(bytes.toString("latin1")));
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
  }

  private take(text: string): void {
    const heard = text.slice(0, this.bytesLeft);
    this.bytesLeft -= heard.length;
    for (const character of heard) if (!this.options.loses?.includes(this.bytesHeard++)) this.prompt.take(character);
    if (this.bytesLeft > 0) return;
    this.bytesLeft = Infinity;
    this.unplug();
  }

  private keepPace(speed: number): NodeJS.Timeout {
    const startMs = performance.now();
    let busy = false;
    return setInterval(async () => {
      if (busy) return;
      busy = true;
      const target = (performance.now() - startMs) * 1000 * speed;
      await this.clock.run(() => this.clock.nowUs >= target);
      busy = false;
    }, PACE_MS);
  }
}

const BOOT = `Object.assign(process.env, JSON.parse(__says));
__ready(function (code) { return (0, eval)(code); });
try { (0, eval)(__program()); } catch (e) { if (e.name === "Restart") throw e; print("Uncaught " + e); }`;

/** Espruino's line editor, as far as a program talks to it. */
class Prompt {
  echo = true;
  run: (code: string) => unknown = () => undefined;
  private line = "";
  private quiet = false;
  private shown = false;

  constructor(private readonly write: (text: string) => void) {}

  /** What a program prints takes the prompt's place, and the prompt comes back. */
  print(line: string): void {
    this.write(`${this.shown ? "\r\x1b[J" : ""}${line}\r\n`);
    if (this.shown) this.write(">" + this.line);
  }

  take(text: string): void {
    for (const character of text) this.key(character);
  }

  private key(character: string): void {
    if (character === "\x03") {
      this.line = "";
      this.show();
    } else if (character === "\x10") this.quiet ||= this.line === "";
    else if (character === "\n") this.enter();
    else {
      this.line += character;
      if (this.echo && !this.quiet) this.write(character);
    }
  }

  private enter(): void {
    const open = (this.line.match(/[([{]/g)?.length ?? 0) - (this.line.match(/[)\]}]/g)?.length ?? 0);
    if (open > 0) {
      this.line += "\n";
      return;
    }
    const { line, quiet } = this;
    this.line = "";
    this.quiet = false;
    if (this.echo && !quiet) this.write("\r\n");
    this.shown = this.shown && quiet;
    this.execute(line, quiet);
  }

  private execute(line: string, quiet: boolean): void {
    try {
      const value = this.run(line);
      if (this.echo && !quiet && line) this.print(`=${String(value)}`);
    } catch (error) {
      this.print(`Uncaught ${String(error)}`);
      this.print("    at REPL (:1:1)");
    }
    if (this.echo) this.show();
    else this.shown = false;
  }

  private show(): void {
    if (this.shown) return;
    this.shown = true;
    this.write(">");
  }
}
