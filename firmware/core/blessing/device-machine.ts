// SPDX-License-Identifier: Apache-2.0
// The device's life from blank to blessed, as one table. Sans-I/O: an event in, an action out.
import { stepOf } from "../protocol/state-table.js";

export const enum DeviceState {
  Unconfigured = "U",
  Receiving = "R",
  Joining = "J",
  Enrolling = "E",
  Testing = "T",
  Blessing = "B",
  Wiping = "W",
  Passed = "P",
  Failed = "F",
  Cleared = "C",
}

export const enum DeviceEvent {
  /** A start word was recognised. */
  Light = "l",
  /** A frame was refused, or broke off. */
  BadLight = "b",
  /** The settings are committed. */
  Stored = "s",
  /** Light came to a unit that was wiped after its blessing. */
  Reseated = "e",
  /** The frame said: clear. */
  ClearLight = "c",
  /** No light for 60 s. */
  WindowClosed = "q",
  /** The stage begins with settings. */
  Start = "g",
  /** The stage begins, and the store says that a wipe was begun. */
  WipeBegun = "i",
  Joined = "j",
  /** The network, or the server, could not be reached. */
  Unreachable = "n",
  Welcomed = "w",
  /** Welcomed, and a blessing not yet acknowledged is on board. */
  WelcomedBlessed = "y",
  Refused = "x",
  /** bless(true). */
  Passed = "v",
  /** bless(false). */
  Failed = "u",
  Reported = "o",
  Granted = "r",
  /** The blessing record was written and read back. */
  Committed = "m",
  Acknowledged = "a",
  /** Acknowledged, and the script wipes. */
  AcknowledgedScript = "k",
  /** imp.clearconfiguration(). */
  ClearCalled = "d",
  /** The product keeps the settings of a failed unit. */
  Kept = "h",
  Wiped = "z",
  FlashFault = "f",
  /** The server has the proof. */
  Receipted = "p",
  /** Two seconds after the callback. */
  TimeUp = "t",
}

export const enum DeviceAction {
  None = "-",
  ShowReceiving = "d",
  ShowBadLight = "x",
  RestartDut = "r",
  /** Run dut or application on, with the settings in RAM only. */
  ChainStage = "e",
  ClearSettings = "c",
  /** Leave the receiver: to the dut when there are settings, else to the application. */
  LeaveReceiver = "q",
  Join = "j",
  Hello = "h",
  RunScript = "t",
  RequestBlessing = "b",
  ReportFailure = "u",
  Commit = "m",
  Acknowledge = "a",
  Wipe = "w",
  SendProof = "p",
  ShowPass = "g",
  ShowFail = "f",
  RestartReceive = "l",
  RestartApplication = "n",
}

export const DEVICE_TABLE =
  " UlRd" +
  " UbUx" +
  " UsJr" +
  " UeJe" +
  " UcUc" +
  " UqUq" +
  " RbUx" +
  " RsJr" +
  " ReJe" +
  " RcUc" +
  " JgJj" +
  " JiWw" +
  " JeWp" +
  " JjEh" +
  " JnUl" +
  " EwTt" +
  " EyBa" +
  " ExFw" +
  " EnUl" +
  " TvBb" +
  " TuFu" +
  " TnUl" +
  " TxFf" +
  " BrBm" +
  " BmBa" +
  " BfFf" +
  " BxFw" +
  " BaWw" +
  " BkPg" +
  " BnUl" +
  " PdWw" +
  " WzWp" +
  " WfFf" +
  " WpPg" +
  " WnUl" +
  " PtCn" +
  " FoFw" +
  " FzFp" +
  " FpFf" +
  " FhFf" +
  " FxFf" +
  " FfFf" +
  " FnFf";

export function deviceTable(): string {
  return DEVICE_TABLE;
}

export class Machine {
  state: string;
  _table: () => string;
  _trace: (step: string) => void;

  /** A table is given by a function: as a value it would stand in RAM. The trace gets each step as its row of the table, and nothing else. */
  constructor(table: () => string, state: string, trace: (step: string) => void) {
    this._table = table;
    this._trace = trace;
    this.state = state;
  }

  next(event: string): string {
    const step = stepOf(this._table(), this.state, event);
    if (!step) return DeviceAction.None;
    this._trace(this.state + event + step);
    this.state = step.charAt(0);
    return step.charAt(1);
  }
}
