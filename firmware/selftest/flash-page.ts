// SPDX-License-Identifier: Apache-2.0
// A page of raw flash that nobody uses: erased, written, read back, erased again.
import { options } from "lightline:selftest-options";
import type { Phase } from "../device/self-test.js";

const PAGE_BYTES = 4096;
/** The page goes by pieces of so many bytes, each with its place in it: a whole one would take a tenth of the memory. */
const PIECE_BYTES = 256;

function piece(at: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(PIECE_BYTES).fill(fill);
  bytes[0] = at / PIECE_BYTES;
  return bytes;
}

const blank = (): Uint8Array => new Uint8Array(PIECE_BYTES).fill(0xff);

/** Bytes of the page that lie in pieces which are as they should be. */
function countRight(page: number, expected: (at: number) => Uint8Array): number {
  let right = 0;
  for (let at = 0; at < PAGE_BYTES; at += PIECE_BYTES)
    if (E.CRC32(require("Flash").read(PIECE_BYTES, page + at)) === E.CRC32(expected(at))) right += PIECE_BYTES;
  return right;
}

/** Milliseconds. */
function timed(work: () => void): number {
  const from = getTime();
  work();
  return (getTime() - from) * 1000;
}

const ours = (at: number): Uint8Array => piece(at, 0x5a);
let isOurs = false;

export const phase: Phase = {
  name: "flash-page",
  timeoutMs: 20000,
  retries: 1,
  run(test) {
    const page = options.sparePage;
    if (page < 0) {
      test.absent("a spare page of raw flash");
      return;
    }
    const flash = require("Flash");
    // A test that was cut short leaves its first piece there.
    isOurs = countRight(page, blank) === PAGE_BYTES || flash.read(2, page)[1] === 0x5a;
    if (!isOurs) {
      test.fail("the spare page at 0x" + page.toString(16) + " holds something of another program's");
      return;
    }
    test.measure(
      "erase",
      timed(() => flash.erasePage(page)),
    );
    test.measure(
      "write",
      timed(() => {
        for (let at = 0; at < PAGE_BYTES; at += PIECE_BYTES) flash.write(ours(at), page + at);
      }),
    );
    test.measure("kept", countRight(page, ours));
    flash.erasePage(page);
    test.measure("erased", countRight(page, blank));
    test.done();
  },
  teardown() {
    if (isOurs) require("Flash").erasePage(options.sparePage);
    isOurs = false;
  },
};
