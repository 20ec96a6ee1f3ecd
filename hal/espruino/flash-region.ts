// SPDX-License-Identifier: Apache-2.0
// A raw region through the Flash module, which protects nothing: the bounds are checked here.
import { ErrorCode } from "../error.js";
import type { FlashRegion } from "../flash-region.js";

const PAGE_BYTES = 4096;

export function openFlashRegion(address: number, pageCount: number): FlashRegion {
  const flash = require("Flash");
  return {
    pageSize: PAGE_BYTES,
    pageCount,
    read: (offset, length) => flash.read(length, address + offset),
    program(offset, bytes) {
      if (offset + bytes.length > pageCount * PAGE_BYTES) return ErrorCode.NoSpace;
      flash.write(bytes, address + offset);
      return ErrorCode.Ok;
    },
    erase(page) {
      if (page >= pageCount) return ErrorCode.NoSpace;
      flash.erasePage(address + page * PAGE_BYTES);
      return ErrorCode.Ok;
    },
  };
}
