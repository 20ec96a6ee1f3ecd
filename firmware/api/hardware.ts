// SPDX-License-Identifier: Apache-2.0
// hardware: pins by name, light level, identity, time.
import type { NetworkBoard } from "../../hal/board.js";
import { PinMode } from "../../hal/pins.js";
import { hexText } from "../core/protocol/bytes.js";

/** A pin as a script has it. */
export class ScriptPin {
  /** Which GPIO this is; factoryblinkup wants to know. */
  readonly gpio: number;
  _board: NetworkBoard;
  _mode: PinMode;

  constructor(board: NetworkBoard, gpio: number) {
    this._board = board;
    this.gpio = gpio;
    this._mode = PinMode.Input;
  }

  /** One of hardware.DIGITAL_IN, DIGITAL_IN_PULLUP, DIGITAL_OUT (then a level), ANALOG_IN. */
  configure(mode: PinMode, level: number | undefined): void {
    this._mode = mode;
    this._board.pins.configure(this.gpio, mode);
    if (level !== undefined) this.write(level);
  }

  /** 0 or 1; 0 to 65535 for an analogue pin. */
  read(): number {
    return this._mode === PinMode.Analog ? this._board.pins.analog(this.gpio) : this._board.pins.read(this.gpio);
  }

  write(level: number): void {
    this._board.pins.write(this.gpio, level ? 1 : 0);
  }
}

export function makeHardware(board: NetworkBoard): object {
  const hardware: { [name: string]: unknown } = {
    DIGITAL_IN: PinMode.Input,
    DIGITAL_IN_PULLUP: PinMode.InputPullUp,
    DIGITAL_OUT: PinMode.Output,
    ANALOG_IN: PinMode.Analog,
    lightlevel: () => board.light.level(),
    getdeviceid: () => hexText(board.system.deviceId),
    millis: () => board.clock.millis(),
    micros: () => board.clock.micros(),
  };
  for (const name in board.pinNames) hardware[name] = new ScriptPin(board, board.pinNames[name] as number);
  return hardware;
}
