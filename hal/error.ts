// SPDX-License-Identifier: Apache-2.0
// Result of a hardware call, and of its completion.

export const enum ErrorCode {
  Ok = 0,
  /** Already doing this. */
  Busy = 1,
  /** The caller's deadline passed. */
  Timeout = 2,
  /** What was read back is not what was written. */
  Corrupt = 3,
  NoSpace = 4,
  /** No such network, host or server, or the connection broke. */
  Unreachable = 5,
  /** The other side refused. */
  Denied = 6,
  /** This board or this firmware cannot do it. */
  Unsupported = 7,
}
