// SPDX-License-Identifier: Apache-2.0
// NOR flash as the chip has it: erased bytes are 0xFF, programming only clears bits, power may go at any operation.
import { crc32 } from "node:zlib";

export const PAGE_BYTES = 4096;

export interface FlashOperation {
  readonly kind: "program" | "erase";
  readonly page: number;
  /** Within the page. */
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the bytes programmed; 0 for an erase. */
  readonly digest: number;
}

/** Thrown out of the running program when the power goes. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

export class NorFlash {
  /** Told of each operation that takes place whole. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  operations = 0;
  private cutIn = 0;

  constructor(
    /** Address of the first byte. */
    readonly base: number,
    readonly bytes: Uint8Array,
  ) {}

  static blank(base: number, length: number): NorFlash {
    return new NorFlash(base, new Uint8Array(length).fill(0xff));
  }

  read(address: number, length: number): Uint8Array {
    return this.bytes.slice(address - this.base, address - this.base + length);
  }

  /** Power goes at the n-th operation from now: half of its words are done, the next is half written. 0 takes that back. */
  cutAt(n: number): void {
    this.cutIn = n;
  }

  program(address: number, data: Uint8Array): void {
    const from = address - this.base;
    const half = (data.length >> 3) << 2;
    this.step(() => {
      this.and(from, data.subarray(0, half));
      if (half < data.length) this.and(from + half, Uint8Array.of((data[half] as number) | 0x0f));
    });
    this.and(from, data);
    this.tell("program", from, data.length, crc32(data));
  }

  /** Erases the page that the address lies in. */
  erasePage(address: number): void {
    const from = Math.floor((address - this.base) / PAGE_BYTES) * PAGE_BYTES;
    this.step(() => this.bytes.fill(0xff, from, from + PAGE_BYTES / 2));
    this.bytes.fill(0xff, from, from + PAGE_BYTES);
    this.tell("erase", from, PAGE_BYTES, 0);
  }

  private and(from: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i++) this.bytes[from + i]! &= data[i] as number;
  }

  private step(tear: () => void): void {
    this.operations++;
    if (!this.cutIn || --this.cutIn) return;
    tear();
    throw new PowerCut("the power went during a flash operation");
  }

  private tell(kind: "program" | "erase", from: number, length: number, digest: number): void {
    this.onOperation?.({ kind, page: Math.floor(from / PAGE_BYTES), offset: from % PAGE_BYTES, length, digest });
  }
}
