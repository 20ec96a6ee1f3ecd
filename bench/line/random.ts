// SPDX-License-Identifier: Apache-2.0
// Numbers that repeat for a seed: virtual boards and their line only, never a real server.

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed >>> 0) % 2147483647 || 1;
  }

  /** 1 to 2^31 - 2 (Park and Miller). */
  next(): number {
    this.state = (this.state * 16807) % 2147483647;
    return this.state;
  }

  /** 0 to 1, without 1. */
  fraction(): number {
    return (this.next() - 1) / 2147483646;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => (this.next() >>> 8) & 0xff);
  }

  hex(bytes: number): string {
    return Buffer.from(this.bytes(bytes)).toString("hex");
  }
}
