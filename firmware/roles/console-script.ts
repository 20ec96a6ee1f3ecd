// SPDX-License-Identifier: Apache-2.0
// A product's script that a console runs: the objects of every role, with no factory behind them. Nothing is sent, nothing is stored.
import type { ConsoleBoard, ScriptBoard } from "../../hal/board.js";
import type { Globals, ProductData } from "../api/globals.js";
import { makeHardware, ScriptPin } from "../api/hardware.js";
import { refuseCalls } from "../api/server.js";
import { hexText } from "../core/protocol/bytes.js";
import { PhaseOutcome } from "../core/protocol/codes.js";
import type { ResultSink } from "../core/protocol/results.js";
import { SelfTest } from "../device/self-test.js";
import { NetworkReason } from "../device/link.js";

type Blessed = ((blessed: boolean) => void) | undefined;

export class ConsoleScript implements ResultSink {
  _board: ConsoleBoard;
  _product: ProductData;
  /** The script that runs is the n-th: what those before left running does nothing any more. */
  _run: number;
  _watches: number[];
  _onPress: (() => void) | undefined;

  constructor(board: ConsoleBoard, product: ProductData) {
    this._board = board;
    this._product = product;
    this._run = 0;
    this._watches = [];
    this._onPress = undefined;
    board.button.onPress(() => {
      if (this._onPress) this._onPress();
    });
  }

  /** Ends whatever the script before has begun. */
  stop(): void {
    this._run++;
    this._onPress = undefined;
    for (let i = 0; i < this._watches.length; i++) this._board.pins.unwatch(this._watches[i] as number);
    this._watches = [];
  }

  /** What nobody caught, for whoever knows the source: `stack` as the interpreter tells it. */
  threw(what: string, stack: string | undefined): void {
    this._board.system.print("#w " + JSON.stringify([what, stack || ""]));
  }

  log(text: string): void {
    this._board.system.print("log: " + text);
  }

  measurement(name: string, value: number): void {
    this.log(name + " = " + value);
  }

  phase(name: string, outcome: number, attempt: number): void {
    this.log(name + (outcome === PhaseOutcome.Pass ? " passed" : " did not pass") + ", attempt " + attempt);
  }

  /** Fresh ones, as at a start. */
  globals(): Globals {
    const board = this._scriptBoard();
    const timers = board.timers;
    const soon = (run: () => void) => timers.after(0, run);
    const mac = hexText(board.system.deviceId).slice(4);
    const log = (message: unknown) => this.log("" + message);
    const imp = {
      configparams: {},
      net: { info: () => ({ ssid: "", mac, rssi: 0 }) },
      onidle: soon,
      wakeup: (seconds: number, callback: () => void) => timers.after(seconds * 1000, callback),
      cancelwakeup: (timer: number) => timers.cancel(timer),
      getssid: () => "",
      getmacaddress: () => mac,
    };
    const server = {
      log,
      error: (message: unknown) => board.system.print("error: " + message),
      isconnected: () => false,
      connect: (callback: ((reason: number) => void) | undefined) => {
        if (callback) soon(() => callback(NetworkReason.NoServer));
      },
      bless: (passed: boolean, callback: Blessed) => {
        log("server.bless(" + passed + "): a factory would decide now");
        if (callback) soon(() => callback(passed));
      },
    };
    refuseCalls(server, "disconnect flush factoryblinkup", log);
    refuseCalls(
      imp,
      "reset clearconfiguration setwificonfiguration setenroltokens enableblinkup setcountry setnvramimage setrescuepin enablerescuepin",
      log,
    );
    return {
      imp,
      server,
      hardware: makeHardware(board, board.system.deviceId),
      agent: {
        on: () => undefined,
        send: (name: string, data: unknown) => {
          log("agent.send " + name + " " + JSON.stringify(data));
          return 0;
        },
      },
      selftest: new SelfTest(timers, this, this._product.measurements, log),
      fixture: {
        onbutton: (handler: () => void) => {
          this._onPress = handler;
        },
        onlight: () => undefined,
        emitter: new ScriptPin(board, this._board.emitterGpio),
        flags: this._product.lightFlags || 0,
      },
    };
  }

  /** Whose timers and watches are over when the script is. */
  _scriptBoard(): ScriptBoard {
    const board = this._board;
    const timers = board.timers;
    const pins = board.pins;
    const run = this._run;
    return {
      clock: board.clock,
      system: board.system,
      light: board.light,
      pinNames: board.pinNames,
      timers: {
        after: (ms, then) =>
          timers.after(ms, () => {
            if (run === this._run) then();
          }),
        cancel: (id) => timers.cancel(id),
      },
      pins: {
        configure: (gpio, mode) => pins.configure(gpio, mode),
        read: (gpio) => pins.read(gpio),
        write: (gpio, level) => pins.write(gpio, level),
        analog: (gpio) => pins.analog(gpio),
        watch: (gpio, onEdge) => {
          const id = pins.watch(gpio, onEdge);
          this._watches.push(id);
          return id;
        },
        unwatch: (id) => pins.unwatch(id),
      },
    };
  }
}
