// SPDX-License-Identifier: Apache-2.0
// Part of a NOR flash model as a region.
import { ErrorCode } from "../error.js";
import type { FlashRegion } from "../flash-region.js";
import type { NorFlash } from "./models/nor-flash.js";
import { PAGE_BYTES } from "./models/nor-flash.js";

export function openFlashRegion(flash: NorFlash, address: number, pageCount: number): FlashRegion {
  return {
    pageSize: PAGE_BYTES,
    pageCount,
    read: (offset, length) => flash.read(address + offset, length),
    program(offset, bytes) {
      if (offset & 3 || bytes.length & 3) throw new RangeError("a region is programmed in whole words");
      if (offset + bytes.length > pageCount * PAGE_BYTES) return ErrorCode.NoSpace;
      flash.program(address + offset, bytes);
      return ErrorCode.Ok;
    },
    erase(page) {
      if (page >= pageCount) return ErrorCode.NoSpace;
      flash.erasePage(address + page * PAGE_BYTES);
      return ErrorCode.Ok;
    },
  };
}
