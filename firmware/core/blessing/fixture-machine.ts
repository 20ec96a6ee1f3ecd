// SPDX-License-Identifier: Apache-2.0
// The fixture's work, one unit at a time.

export const enum FixtureState {
  /** The server has not yet answered under the fixture key. */
  Unassigned = "U",
  Idle = "I",
  TokenWait = "T",
  Flashing = "F",
  Lockout = "L",
}

export const enum FixtureEvent {
  Assigned = "a",
  /** server.factoryblinkup(). */
  Asked = "p",
  Granted = "g",
  Refused = "x",
  Unreachable = "n",
  /** The light has ended. */
  Sent = "d",
  TimeUp = "t",
}

export const enum FixtureAction {
  None = "-",
  RequestToken = "r",
  Flash = "f",
  ReportRefusal = "x",
  StartLockout = "l",
  ReportReady = "i",
}

export const FIXTURE_TABLE =
  " UaIi" + " UpUx" + " IpTr" + " TpTx" + " TgFf" + " TxIx" + " TnIx" + " FpFx" + " FdLl" + " LpLx" + " LtIi";

export function fixtureTable(): string {
  return FIXTURE_TABLE;
}
