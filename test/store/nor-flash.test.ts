// SPDX-License-Identifier: Apache-2.0
// The model itself: what a NOR flash does and does not do, and how far a cut operation gets.
import assert from "node:assert/strict";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { NorFlash, PAGE_BYTES, PowerCut, TEARS } from "../../hal/sim/models/nor-flash.js";

const BASE = 0x310000;
const blank = (): NorFlash => NorFlash.blank(BASE, 2 * PAGE_BYTES);
const data = Uint8Array.from({ length: 16 }, (_, i) => i * 16 + 5);

describe("the model of NOR flash", () => {
  it("only clears bits when it is programmed, and sets them a page at a time", () => {
    const flash = blank();
    flash.program(BASE, Uint8Array.of(0xf0, 0xff, 0x0f, 0xaa));
    flash.program(BASE, Uint8Array.of(0x3c, 0x00, 0xff, 0x55));
    assert.deepEqual([...flash.read(BASE, 4)], [0x30, 0x00, 0x0f, 0x00]);
    flash.program(BASE + PAGE_BYTES, Uint8Array.of(1, 2, 3, 4));
    flash.erasePage(BASE + 100);
    assert.ok(flash.read(BASE, PAGE_BYTES).every((byte) => byte === 0xff));
    assert.deepEqual([...flash.read(BASE + PAGE_BYTES, 4)], [1, 2, 3, 4]);
  });

  it("takes what lies in its own part only, and a region whole words", () => {
    const region = openFlashRegion(blank(), BASE, 2);
    assert.throws(() => region.program(2, new Uint8Array(4)), RangeError);
    assert.throws(() => region.program(0, new Uint8Array(3)), RangeError);
    for (const [address, bytes] of [
      [BASE - 4, 4],
      [BASE + 2 * PAGE_BYTES - 4, 8],
    ] as const)
      assert.throws(() => blank().program(address, new Uint8Array(bytes)), RangeError, `${bytes} bytes at ${address}`);
  });

  it("tells of each whole operation, and of no torn one", () => {
    const flash = blank();
    const told: string[] = [];
    flash.onOperation = ({ kind, page, offset, length }) => told.push([kind, page, offset, length].join(" "));
    flash.program(BASE + PAGE_BYTES + 8, data);
    flash.cutAt(1);
    assert.throws(() => flash.erasePage(BASE), PowerCut);
    flash.erasePage(BASE);
    assert.deepEqual(told, ["program 1 8 16", "erase 0 0 4096"]);
    assert.equal(flash.operations, 3);
  });

  for (const tear of TEARS)
    it(`gets as far as "${tear}" says, and nowhere else`, () => {
      const flash = blank();
      flash.program(BASE + 3072, data);
      flash.cutAt(2, tear);
      flash.program(BASE + PAGE_BYTES, data);
      assert.throws(() => flash.program(BASE, data), PowerCut);
      const torn = flash.read(BASE, data.length);
      assert.ok(
        torn.every((byte, i) => (byte & (data[i] as number)) === data[i]),
        "no bit cleared that should stand",
      );
      assert.equal(
        torn.every((byte) => byte === 0xff),
        tear === "none",
      );
      assert.equal(Buffer.from(torn).equals(data), tear === "whole");
      assert.deepEqual(flash.read(BASE + 3072, data.length), data);
      flash.cutAt(1, tear);
      assert.throws(() => flash.erasePage(BASE), PowerCut);
      const page = flash.read(BASE, PAGE_BYTES);
      assert.ok(
        page.every((byte, i) => (byte & (torn[i] ?? 0)) === (torn[i] ?? 0)),
        "no bit cleared by an erase",
      );
      assert.equal(
        page.every((byte) => byte === 0xff),
        tear === "whole",
      );
      assert.deepEqual(flash.read(BASE + PAGE_BYTES, data.length), data);
    });

  it("tears in the same way for the same cut", () => {
    const torn = (n: number) => {
      const flash = blank();
      flash.cutAt(n, "ragged");
      for (let i = 1; i < n; i++) flash.program(BASE + PAGE_BYTES, data);
      assert.throws(() => flash.program(BASE, data), PowerCut);
      return Buffer.from(flash.read(BASE, 16)).toString("hex");
    };
    assert.equal(torn(3), torn(3));
    assert.notEqual(torn(3), torn(4));
  });

  it("keeps a stuck bit at 0, whatever is done", () => {
    const flash = blank();
    flash.stick(BASE + 5, 0x10);
    flash.erasePage(BASE);
    assert.equal(flash.read(BASE + 5, 1)[0], 0xef);
  });

  it("leaves a deaf page as it is, and says nothing", () => {
    const flash = blank();
    flash.program(BASE, data);
    flash.deafPages.add(0);
    flash.erasePage(BASE);
    assert.deepEqual(flash.read(BASE, data.length), data);
  });
});
