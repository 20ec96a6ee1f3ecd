// SPDX-License-Identifier: Apache-2.0
// The chip as a whole.

export interface System {
  /** Eight bytes: the MAC address, zeros before it. */
  readonly deviceId: Uint8Array;
  /** Never returns to the caller's program: the road is the same as after a power cut. */
  restart(): void;
  /** What the stage before this one in the same start handed over, once; else undefined. */
  chained(): Uint8Array | undefined;
  /** One line to the console. */
  print(line: string): void;
  /** From here on whoever types at the console is asked for the password: 20 characters at most. */
  lockConsole(password: string): void;
  /** Called with what no one caught, instead of whoever asked before; the caller decides to restart. */
  onUncaught(handler: (what: string) => void): void;
}
