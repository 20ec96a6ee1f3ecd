// SPDX-License-Identifier: Apache-2.0
// A raw region through the Flash module, which protects nothing: the bounds are checked here.
import { ErrorCode } from "../error.js";
import type { FlashRegion } from "../flash-region.js";

const PAGE_BYTES = 4096;

/** A class, since every board has two: they share its functions. */
export class RawFlash implements FlashRegion {
  readonly pageSize: number;
  readonly pageCount: number;
  _address: number;

  constructor(address: number, pageCount: number) {
    this.pageSize = PAGE_BYTES;
    this.pageCount = pageCount;
    this._address = address;
  }

  read(offset: number, length: number): Uint8Array {
    return require("Flash").read(length, this._address + offset);
  }

  program(offset: number, bytes: Uint8Array): ErrorCode {
    if (offset + bytes.length > this.pageCount * PAGE_BYTES) return ErrorCode.NoSpace;
    require("Flash").write(bytes, this._address + offset);
    return ErrorCode.Ok;
  }

  erase(page: number): ErrorCode {
    if (page >= this.pageCount) return ErrorCode.NoSpace;
    require("Flash").erasePage(this._address + page * PAGE_BYTES);
    return ErrorCode.Ok;
  }
}
