// SPDX-License-Identifier: Apache-2.0
// NOR flash as the chip has it: erased bytes are 0xFF, programming only clears bits, power may go at any operation, and cells wear out.
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

/**
 * How far an operation gets that the power cuts: not at all, half (the word in the middle half written; half the page erased),
 * any bit of it or not, or wholly, the program never hearing of it.
 */
export const TEARS = ["none", "half", "ragged", "whole"] as const;
export type Tear = (typeof TEARS)[number];

/** Thrown out of the running program when the power goes. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

export class NorFlash {
  /** Told of each operation that takes place whole. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  /** Told when the power goes, before the program ends. */
  onCut: (() => void) | undefined;
  operations = 0;
  /** Pages whose erase does nothing and says nothing, as a chip's protected pages. */
  readonly deafPages = new Set<number>();
  private readonly stuck = new Map<number, number>();
  private cutIn = 0;
  private tear: Tear = "half";
  private noise = 1;

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

  /** Power goes at the n-th operation from now. 0 takes that back. */
  cutAt(n: number, tear: Tear = "half"): void {
    this.cutIn = n;
    this.tear = tear;
    this.noise = n + 1;
  }

  /** These bits of a byte read 0 from now on, whatever is done. */
  stick(address: number, bits: number): void {
    const at = address - this.base;
    this.stuck.set(at, (this.stuck.get(at) ?? 0) | bits);
    this.bytes[at]! &= ~bits;
  }

  /** @throws RangeError outside the part, where a chip would hit something else */
  program(address: number, data: Uint8Array): void {
    const from = address - this.base;
    if (from < 0 || from + data.length > this.bytes.length)
      throw new RangeError(`${data.length} bytes at 0x${address.toString(16)} are not all in this part`);
    const torn = this.step();
    if (torn) this.tearProgram(torn, from, data);
    else this.and(from, data);
    this.settle(torn);
    this.tell("program", from, data.length, crc32(data));
  }

  /** Erases the page that the address lies in. */
  erasePage(address: number): void {
    const page = Math.floor((address - this.base) / PAGE_BYTES);
    const from = page * PAGE_BYTES;
    const torn = this.step();
    if (!this.deafPages.has(page)) {
      if (torn) this.tearErase(torn, from);
      else this.bytes.fill(0xff, from, from + PAGE_BYTES);
      for (const [at, bits] of this.stuck) this.bytes[at]! &= ~bits;
    }
    this.settle(torn);
    this.tell("erase", from, PAGE_BYTES, 0);
  }

  private and(from: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i++) this.bytes[from + i]! &= data[i] as number;
  }

  private tearProgram(tear: Tear, from: number, data: Uint8Array): void {
    const half = (data.length >> 3) << 2;
    if (tear === "whole") this.and(from, data);
    else if (tear === "ragged")
      this.and(
        from,
        data.map((byte) => byte | this.random()),
      );
    else if (tear === "half") {
      this.and(from, data.subarray(0, half));
      if (half < data.length) this.and(from + half, Uint8Array.of((data[half] as number) | 0x0f));
    }
  }

  private tearErase(tear: Tear, from: number): void {
    if (tear === "none") return;
    const bytes = tear === "half" ? PAGE_BYTES / 2 : PAGE_BYTES;
    for (let at = from; at < from + bytes; at++) this.bytes[at]! |= tear === "ragged" ? this.random() : 0xff;
  }

  /** What this operation becomes: undefined for a whole one. */
  private step(): Tear | undefined {
    this.operations++;
    return !this.cutIn || --this.cutIn ? undefined : this.tear;
  }

  private settle(torn: Tear | undefined): void {
    if (!torn) return;
    this.onCut?.();
    throw new PowerCut("the power went during a flash operation");
  }

  /** A byte of no meaning, the same for the same cut. */
  private random(): number {
    this.noise = (this.noise * 16807) % 2147483647;
    return this.noise & 0xff;
  }

  private tell(kind: "program" | "erase", from: number, length: number, digest: number): void {
    this.onOperation?.({ kind, page: Math.floor(from / PAGE_BYTES), offset: from % PAGE_BYTES, length, digest });
  }
}
