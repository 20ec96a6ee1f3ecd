// SPDX-License-Identifier: Apache-2.0
// The log keeps the old value or the new one, wherever the power goes, and a wiped region holds nothing.
import assert from "node:assert/strict";
import { RecordLog } from "../../firmware/store/record-log.js";
import { LogName } from "../../firmware/store/kinds.js";
import { digest } from "../../hal/sim/digest.js";
import { ErrorCode } from "../../hal/error.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { NorFlash, PAGE_BYTES, PowerCut, TEARS } from "../../hal/sim/models/nor-flash.js";

const BASE = 0x310000;
const open = (flash: NorFlash, pages = 2): RecordLog =>
  new RecordLog(openFlashRegion(flash, BASE, pages), digest, LogName.Settings);
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

  for (const tear of TEARS)
    it(`keeps the old value or the new one when power goes at any flash operation: ${tear}`, () => {
      let points = 0;
      // Records of 300 bytes fill a page after a dozen: the run crosses both kinds of write, and what blanks a page.
      for (let at = 1; ; at++) {
        const flash = NorFlash.blank(BASE, 8192);
        const log = open(flash);
        let written = -1;
        flash.cutAt(at, tear);
        try {
          for (let n = 0; n < 30; n++) {
            if (n % 10 === 9) log.replace(1, bytes(300, n));
            else log.write(1, bytes(300, n));
            written = n;
          }
        } catch (error) {
          assert.ok(error instanceof PowerCut);
        }
        flash.cutAt(0);
        const found = hex(open(flash).read(1));
        const old = written < 0 ? "none" : hex(bytes(300, written));
        assert.ok(found === old || found === hex(bytes(300, written + 1)), `cut at operation ${at}`);
        assert.equal(open(flash).scrub(), ErrorCode.Ok);
        assert.equal(hex(open(flash).read(1)), found, `blanking what is left of a cut at ${at}`);
        assert.equal(open(flash).write(1, bytes(10, 99)), ErrorCode.Ok, `the next write after a cut at ${at}`);
        assert.equal(hex(open(flash).read(1)), hex(bytes(10, 99)));
        points++;
        if (written === 29) break;
      }
      assert.ok(points > 60, `${points} points`);
    });

  it("keeps other kinds over every cut, in any order of writes", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const flash = NorFlash.blank(BASE, 8192);
      let noise = seed;
      const random = (limit: number) => (noise = (noise * 16807) % 2147483647) % limit;
      const known = new Map<number, string>();
      for (let n = 0; n < 120; n++) {
        const log = open(flash);
        const kind = 1 + random(5);
        const body = bytes(random(500), n);
        if (random(3) === 0) flash.cutAt(1 + random(12), TEARS[random(TEARS.length)]);
        let cut = false;
        try {
          assert.equal(log.write(kind, body), ErrorCode.Ok);
        } catch (error) {
          assert.ok(error instanceof PowerCut);
          cut = true;
        }
        flash.cutAt(0);
        const now = open(flash);
        const found = hex(now.read(kind));
        assert.ok(found === hex(body) || (cut && found === (known.get(kind) ?? "none")), `seed ${seed}, write ${n}`);
        known.set(kind, found);
        for (const [other, value] of known) assert.equal(hex(now.read(other)), value, `seed ${seed}, write ${n}`);
      }
    }
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

  it("leaves nothing of an old value behind when it replaces it", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    const secret = Buffer.from("the old network's key");
    log.write(2, bytes(20, 1));
    for (let n = 0; n < 5; n++) log.write(1, secret);
    assert.equal(log.replace(1, bytes(20, 2)), ErrorCode.Ok);
    assert.ok(!Buffer.from(flash.bytes).includes(secret));
    assert.equal(hex(open(flash).read(1)), hex(bytes(20, 2)));
    assert.equal(hex(open(flash).read(2)), hex(bytes(20, 1)));
  });

  it("does not call a value replaced whose old page keeps a byte", () => {
    const flash = NorFlash.blank(BASE, 8192);
    const log = open(flash);
    log.write(1, bytes(200, 1));
    flash.deafPages.add(0);
    assert.equal(log.replace(1, bytes(20, 2)), ErrorCode.Corrupt);
    assert.equal(hex(open(flash).read(1)), hex(bytes(20, 2)));
  });

  describe("on worn flash", () => {
    it("goes on behind a stuck bit in the page in use", () => {
      const flash = NorFlash.blank(BASE, 8192);
      const log = open(flash);
      log.write(1, bytes(40, 1));
      flash.stick(BASE + 100, 0xff);
      for (let n = 0; n < 20; n++) log.write(1, bytes(40, n));
      assert.equal(hex(open(flash).read(1)), hex(bytes(40, 19)));
    });

    it("keeps its value and says so when the other page of a pair takes nothing more", () => {
      const flash = NorFlash.blank(BASE, 8192);
      const log = open(flash);
      flash.stick(BASE + PAGE_BYTES + 20, 0xff);
      let n = 0;
      while (log.write(1, bytes(300, n)) === ErrorCode.Ok) n++;
      assert.ok(n > 10, `${n} writes`);
      assert.equal(hex(open(flash).read(1)), hex(bytes(300, n - 1)));
      assert.equal(open(flash).write(1, bytes(300, n)), ErrorCode.Corrupt);
      assert.equal(hex(open(flash).read(1)), hex(bytes(300, n - 1)));
    });

    it("passes a worn page over where it has a third", () => {
      for (const spoil of [
        (flash: NorFlash) => flash.stick(BASE + PAGE_BYTES + 20, 0xff),
        (flash: NorFlash) => {
          flash.program(BASE + PAGE_BYTES, new Uint8Array(256));
          flash.deafPages.add(1);
        },
      ]) {
        const flash = NorFlash.blank(BASE, 3 * PAGE_BYTES);
        spoil(flash);
        for (let n = 0; n < 100; n++) assert.equal(open(flash, 3).write(1, bytes(300, n)), ErrorCode.Ok);
        assert.equal(hex(open(flash, 3).read(1)), hex(bytes(300, 99)));
      }
    });

    it("never calls a region with a stuck bit wiped", () => {
      const flash = NorFlash.blank(BASE, 8192);
      const log = open(flash);
      log.write(1, bytes(200, 1));
      flash.stick(BASE + 5000, 1);
      assert.equal(log.wipe(), ErrorCode.Corrupt);
    });
  });

  describe("of another version", () => {
    const flashOf = (version: number) => {
      const flash = NorFlash.blank(BASE, 8192);
      open(flash).write(1, bytes(40, 1));
      // Before version 2 every log's pages were "LLS".
      flash.bytes[3] = version;
      return flash;
    };

    it("is read where it is the version before, and becomes this one with the next copy", () => {
      const flash = flashOf(1);
      const log = open(flash);
      assert.equal(hex(log.read(1)), hex(bytes(40, 1)));
      assert.equal(log.write(2, bytes(8, 2)), ErrorCode.Ok);
      assert.equal(log.replace(3, bytes(8, 3)), ErrorCode.Ok);
      assert.equal(Buffer.from(flash.bytes.subarray(PAGE_BYTES, PAGE_BYTES + 4)).toString("latin1"), "LLS\x02");
      for (const [kind, value] of [bytes(40, 1), bytes(8, 2), bytes(8, 3)].entries())
        assert.equal(hex(open(flash).read(kind + 1)), hex(value));
    });

    it("takes either version over a cut in the very copy that changes it", () => {
      for (let at = 1; at <= 12; at++) {
        const flash = flashOf(1);
        flash.cutAt(at, "ragged");
        try {
          open(flash).replace(2, bytes(8, 2));
        } catch (error) {
          assert.ok(error instanceof PowerCut);
        }
        flash.cutAt(0);
        assert.equal(hex(open(flash).read(1)), hex(bytes(40, 1)), `cut at operation ${at}`);
      }
    });

    it("is left alone where it is a later one, until it is wiped", () => {
      const flash = flashOf(3);
      const before = Buffer.from(flash.bytes);
      const log = open(flash);
      assert.equal(log.read(1), undefined);
      assert.equal(log.write(1, bytes(8, 2)), ErrorCode.Denied);
      assert.equal(log.replace(1, bytes(8, 2)), ErrorCode.Denied);
      assert.equal(log.scrub(), ErrorCode.Ok);
      assert.ok(before.equals(flash.bytes));
      assert.equal(log.wipe(), ErrorCode.Ok);
      assert.ok(flash.bytes.every((byte) => byte === 0xff));
    });

    it("is not taken from another log", () => {
      const flash = NorFlash.blank(BASE, 8192);
      new RecordLog(openFlashRegion(flash, BASE, 2), digest, LogName.Identity).write(1, bytes(40, 1));
      assert.equal(open(flash).read(1), undefined);
    });
  });
});
