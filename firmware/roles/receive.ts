// SPDX-License-Identifier: Apache-2.0
// The receive stage: light to store. No radio, no script; in recovery it waits for ever.
import type { ReceiverBoard } from "../../hal/board.js";
import { ErrorCode } from "../../hal/error.js";
import { EntryType, findEntry } from "../core/blinkup/entries.js";
import { BY_STORE, RECOVERY_STARTS } from "../core/blessing/choose-stage.js";
import { DeviceAction, DeviceEvent, DeviceState, deviceTable, Machine } from "../core/blessing/device-machine.js";
import { LightCondition } from "../core/modem/light-condition.js";
import { Pattern } from "../core/status/patterns.js";
import { lockIfCleared } from "../device/console-lock.js";
import { Lifecycle, stageFile } from "../device/lifecycle.js";
import type { LightWindow } from "../device/light-window.js";
import { StatusLight } from "../device/status-light.js";
import { IdentityKind, LogName, namesNetwork, Origin, SETTINGS_KIND, settingsBody, WipePhase } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

const WINDOW_MS = 60000;
/** Long enough to be seen. */
const SHOW_STORED_MS = 1000;
const SHOW_BAD_MS = 1500;
/** What is lost of the clock's truth is less than its drift in a minute. */
const SHIFT_MASK_US = 1023;

class ReceiverStage {
  _board: ReceiverBoard;
  _life: Lifecycle;
  _led: StatusLight;
  _window: LightWindow;
  _settings: RecordLog;
  _machine: Machine;
  _entries: Uint8Array | undefined;
  _ledTimer: number;
  _closing: number;
  /** What the LED shows while nothing comes in. */
  _waiting: Pattern;

  constructor(board: ReceiverBoard, window: LightWindow) {
    this._board = board;
    this._life = new Lifecycle(board);
    this._led = new StatusLight(board);
    this._window = window;
    this._settings = new RecordLog(board.settings, board.digest, LogName.Settings);
    this._machine = new Machine(deviceTable, DeviceState.Unconfigured, (step) => this._life.trace(step));
    this._entries = undefined;
    this._ledTimer = this._closing = 0;
    this._waiting = Pattern.Unconfigured;
  }

  start(): void {
    const board = this._board;
    const window = this._window;
    this._led.show(Pattern.Unconfigured);
    lockIfCleared(board, this._life.identity);
    window.onLight = () => this._event(DeviceEvent.Light);
    window.onBadLight = () => this._event(DeviceEvent.BadLight);
    window.onEntries = (entries, end) => {
      this._take(entries);
      // How the light came in, to the microsecond: the clock takes it along to the stage that says hello.
      board.shiftClock(board.digest.crc32(end) & SHIFT_MASK_US);
    };
    window.onCondition = (condition) => this._judge(condition);
    window.open();
    if (this._life.boot.starts < RECOVERY_STARTS) this._closeAfter(WINDOW_MS);
  }

  /** Not in the middle of a frame. */
  _closeAfter(ms: number): void {
    this._closing = this._board.timers.after(ms, () => {
      if (this._window.receiver.receiving) this._closeAfter(SHOW_STORED_MS);
      else this._event(DeviceEvent.WindowClosed);
    });
  }

  /** A unit that was wiped once stores no light before the server has said what it is: it may be a neighbour's. */
  _take(entries: Uint8Array): void {
    if (findEntry(entries, entries.length, EntryType.Clear)) {
      this._event(DeviceEvent.ClearLight);
    } else if (this._wipePhase() >= WipePhase.ProofOwed && this._life.identity.read(IdentityKind.Blessing)) {
      this._entries = new Uint8Array(entries);
      this._event(DeviceEvent.Reseated);
    } else {
      const stored = this._settings.write(SETTINGS_KIND, settingsBody(Origin.Factory, entries)) === ErrorCode.Ok;
      this._event(stored ? DeviceEvent.Stored : DeviceEvent.BadLight);
    }
  }

  _wipePhase(): WipePhase {
    const wipe = this._life.identity.read(IdentityKind.Wipe);
    return wipe ? (wipe[0] as WipePhase) : WipePhase.None;
  }

  _event(event: DeviceEvent): void {
    const action = this._machine.next(event);
    if (action === DeviceAction.ShowReceiving) this._led.show(Pattern.Dark);
    else if (action === DeviceAction.ShowBadLight) {
      const lost = this._window.sensor.lost;
      if (lost) this._board.system.print("light lost: " + lost);
      this._showFor(Pattern.BadLight, SHOW_BAD_MS);
    } else if (action === DeviceAction.RestartDut) this._leave(() => this._life.restart(BY_STORE));
    else if (action === DeviceAction.ChainStage) this._leave(() => this._chain());
    else if (action === DeviceAction.ClearSettings) {
      this._settings.wipe();
      this._showFor(Pattern.LightStored, SHOW_STORED_MS);
    } else if (action === DeviceAction.LeaveReceiver) {
      this._led.show(Pattern.Dark);
      const stays = namesNetwork(this._settings.read(SETTINGS_KIND)) || this._life.identity.read(IdentityKind.Fixture);
      this._life.restart(stays ? BY_STORE : "a");
    }
  }

  /** Says what is wrong with the light and what to do. */
  _judge(condition: LightCondition): void {
    const fault = faultOf(condition);
    this._waiting = fault ? fault.pattern : Pattern.Unconfigured;
    if (fault) this._board.system.print(fault.advice);
    if (this._machine.state === DeviceState.Unconfigured) this._led.show(this._waiting);
  }

  _showFor(pattern: Pattern, ms: number): void {
    this._led.show(pattern);
    this._board.timers.cancel(this._ledTimer);
    this._ledTimer = this._board.timers.after(ms, () => this._led.show(this._waiting));
  }

  _leave(go: () => void): void {
    this._window.close();
    this._led.show(Pattern.LightStored);
    this._board.timers.cancel(this._ledTimer);
    this._board.timers.cancel(this._closing);
    this._board.timers.after(SHOW_STORED_MS, go);
  }

  /** To the stage that can say what the light is: the proof of a wipe is owed, or somebody activates the unit. */
  _chain(): void {
    const stage = stageFile(this._wipePhase() === WipePhase.Proved ? "a" : "d");
    // That one has logs of its own: what this one still wrote would go over what it wrote.
    this._board.timers.cancel(this._life.steady);
    if (this._entries) this._board.chain(stage, this._entries);
  }
}

interface Fault {
  readonly pattern: Pattern;
  /** With its code of docs/ERRORS.md. */
  readonly advice: string;
}

function faultOf(condition: LightCondition): Fault | undefined {
  switch (condition) {
    case LightCondition.Dark:
      return {
        pattern: Pattern.TooDark,
        advice: "LIGHT_DARK: no light at all; uncover the sensor, look at its wiring",
      };
    case LightCondition.Saturated:
      return { pattern: Pattern.TooBright, advice: "LIGHT_SATURATED: shade the sensor, or take a smaller resistor" };
    case LightCondition.Clipped:
      return { pattern: Pattern.TooBright, advice: "LIGHT_CLIPPED: move the sender away, or take a smaller resistor" };
    case LightCondition.Flickering:
      return {
        pattern: Pattern.Flicker,
        advice: "LIGHT_FLICKER: lamps flicker and no sender is seen; shade the sensor",
      };
  }
  return undefined;
}

export function startReceiver(board: ReceiverBoard, window: LightWindow): void {
  new ReceiverStage(board, window).start();
}
