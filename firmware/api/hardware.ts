// SPDX-License-Identifier: Apache-2.0
// hardware: pins by name, light level, identity, time.
import type { ScriptBoard } from "../../hal/board.js";
import { PinMode } from "../../hal/pins.js";
import { hexText } from "../core/protocol/bytes.js";

/** A pin as a script has it. */
export class ScriptPin {
  /** Which GPIO this is; factoryblinkup wants to know. */
  readonly gpio: number;
  _board: ScriptBoard;
  _mode: PinMode;
  /** 0 while no handler waits for edges. */
  _watch: number;

  constructor(board: ScriptBoard, gpio: number) {
    this._board = board;
    this.gpio = gpio;
    this._mode = PinMode.Input;
    this._watch = 0;
  }

  /** An output may begin with a level, an input may have a handler that is called at each edge. */
  configure(mode: PinMode, then: number | (() => void) | undefined): void {
    const pins = this._board.pins;
    this._mode = mode;
    if (this._watch) pins.unwatch(this._watch);
    this._watch = typeof then === "function" ? pins.watch(this.gpio, then) : 0;
    pins.configure(this.gpio, mode);
    if (typeof then === "number") this.write(then);
  }

  /** 0 or 1; 0 to 65535 for an analogue pin. */
  read(): number {
    return this._mode === PinMode.Analog ? this._board.pins.analog(this.gpio) : this._board.pins.read(this.gpio);
  }

  write(level: number): void {
    this._board.pins.write(this.gpio, level ? 1 : 0);
  }
}

/** `id` is who the device is for scripts: its own, or on a fixture the one that its key goes with. */
export function makeHardware(board: ScriptBoard, id: Uint8Array): object {
  const hardware: { [name: string]: unknown } = {
    lightlevel: () => board.light.level(),
    getdeviceid: () => hexText(id),
    millis: () => board.clock.millis(),
    micros: () => board.clock.micros(),
  };
  for (const name in board.pinNames) hardware[name] = new ScriptPin(board, board.pinNames[name] as number);
  return hardware;
}
