// SPDX-License-Identifier: Apache-2.0
// The log keeps the old value or the new one, wherever the power goes, and a wiped region holds nothing.
import assert from "node:assert/strict";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { ErrorCode } from "../../hal/error.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { NorFlash, PowerCut } from "../../hal/sim/models/nor-flash.js";

const BASE = 0x310000;
const open = (flash: NorFlash): RecordLog => new RecordLog(openFlashRegion(flash, BASE, 2), digest);
const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 255);
const hex = (value: Uint8Array | undefined): string => (value ? Buffer.from(value).toString("hex") : "none");

describe("the record log", () => {
  it("reads back the latest value of each kind after a restart", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    assert.equal(log.read(1), undefined);
    for (const [kind, seed] of [
      [1, 1],
      [2, 2],
      [1, 3],
    ] as const)
      assert.equal(log.write(kind, bytes(40, seed)), ErrorCode.Ok);
    assert.equal(hex(open(flash).read(1)), hex(bytes(40, 3)));
    assert.equal(hex(open(flash).read(2)), hex(bytes(40, 2)));
  });

  it("goes on for ever in two pages", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    for (let n = 0; n < 500; n++) {
      assert.equal(log.write(1 + (n % 3), bytes(n % 200, n)), ErrorCode.Ok);
      assert.equal(hex(open(flash).read(1 + (n % 3))), hex(bytes(n % 200, n)));
    }
  });

  it("says that there is no room for what no page can hold", () => {
    const log = open(NorFlash.blank(BASE, 8192));
    assert.equal(log.write(1, new Uint8Array(5000)), ErrorCode.NoSpace);
  });

  it("keeps the old value or the new one when power goes at any flash operation", () => {
    let points = 0;
    // Records of 300 bytes fill a page after a dozen: the run crosses both kinds of write.
    for (let at = 1; ; at++) {
      const flash = NorFlash.blank(BASE, 8192);
      const log = open(flash);
      let written = -1;
      flash.cutAt(at);
      try {
        for (let n = 0; n < 30; n++) {
          log.write(1, bytes(300, n));
          written = n;
        }
      } catch (error) {
        assert.ok(error instanceof PowerCut);
      }
      flash.cutAt(0);
      const found = hex(open(flash).read(1));
      const old = written < 0 ? "none" : hex(bytes(300, written));
      assert.ok(found === old || found === hex(bytes(300, written + 1)), `cut at operation ${at}`);
      assert.equal(open(flash).write(1, bytes(10, 99)), ErrorCode.Ok, `the next write after a cut at ${at}`);
      assert.equal(hex(open(flash).read(1)), hex(bytes(10, 99)));
      points++;
      if (written === 29) break;
    }
    assert.ok(points > 60, `${points} points`);
  });

  it("refuses a value whose byte was changed", () => {
    const flash = NorFlash.blank(BASE, 8192);
    open(flash).write(1, bytes(40, 1));
    const at = flash.bytes.findIndex(
      (_, i) => i > 16 && flash.bytes[i] === bytes(40, 1)[5] && flash.bytes[i + 1] === bytes(40, 1)[6],
    );
    flash.bytes[at]! ^= 1;
    assert.equal(open(flash).read(1), undefined);
  });

  it("leaves 0xFF in each byte after a wipe, and can be written again", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    for (let n = 0; n < 40; n++) log.write(1, bytes(200, n));
    assert.equal(log.wipe(), ErrorCode.Ok);
    assert.ok(flash.bytes.every((byte) => byte === 0xff));
    assert.equal(log.read(1), undefined);
    assert.equal(log.write(1, bytes(8, 1)), ErrorCode.Ok);
    assert.equal(hex(open(flash).read(1)), hex(bytes(8, 1)));
  });

  it("does not call a region wiped whose erase did nothing", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    log.write(1, bytes(200, 1));
    flash.erasePage = () => undefined;
    assert.equal(log.wipe(), ErrorCode.Corrupt);
  });
});
