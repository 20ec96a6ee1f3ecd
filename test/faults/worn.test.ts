// SPDX-License-Identifier: Apache-2.0
// A unit whose flash is worn says so, and is never shippable while a byte of settings may be left.
import assert from "node:assert/strict";
import { Pattern } from "../../firmware/core/status/patterns.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { PAGE_BYTES } from "../../hal/sim/models/nor-flash.js";
import { Factory } from "./factory.js";
import { emptySlot, unitFirmware } from "./unit-firmware.js";

const LIFE_US = 120_000_000;

describe("a unit with worn flash", function () {
  let factory: Factory;
  let number = 0x7000000;
  before(async () => (factory = await Factory.open()));
  after(() => factory.close());

  async function pass(us: number): Promise<void> {
    const end = factory.clock.nowUs + us;
    const watch = factory.clock.every(1_000_000, () => undefined);
    await factory.clock.run(() => factory.clock.nowUs > end);
    factory.clock.cancel(watch);
  }

  /** One light, two minutes, and two more without power; gives the unit, its states and what its script was told. */
  async function live(wear: (unit: BenchUnit, settings: number, identity: number) => void) {
    const states: string[] = [];
    const slot = emptySlot();
    const { settings, identity } = factory.board;
    const unit = factory.seat(++number, unitFirmware("auto", slot), {
      mishap: () => undefined,
      powerOff: () => undefined,
      onUnitChange: ({ deviceId, state }) => {
        if (deviceId === unit.deviceId) states.push(state);
      },
    });
    wear(unit, settings.address, identity.address);
    slot.light = (await factory.light("factory")).entries;
    unit.board.powerOn();
    await pass(LIFE_US);
    unit.board.powerOff();
    await pass(LIFE_US);
    await factory.admin.units();
    return { unit, states, verdicts: slot.verdicts };
  }

  it("is shippable where it is not worn", async () => {
    const { states, verdicts } = await live(() => undefined);
    assert.equal(states.at(-1), "shippable");
    assert.deepEqual(verdicts, [true]);
  });

  for (const [what, wear] of [
    ["a stuck bit in the settings", (unit, settings) => unit.flash.stick(settings + PAGE_BYTES + 77, 1)],
    [
      "a settings page that is not erased",
      (unit, settings) => unit.flash.deafPages.add((settings - unit.flash.base) / PAGE_BYTES),
    ],
  ] as [string, Parameters<typeof live>[0]][])
    it(`is not shippable with ${what}`, async () => {
      const { unit, states, verdicts } = await live(wear);
      assert.ok(!states.includes("shippable"), states.join(" "));
      assert.equal(states.at(-1), "re-seat");
      assert.equal(unit.ledPattern, Pattern.Fault);
      assert.ok(unit.lines.some((line) => line.startsWith("FLASH_FAULT: ")));
      assert.deepEqual(verdicts, [false]);
    });

  it("is not blessed when it cannot keep its key", async () => {
    // The record does not fit in front of these, and the other page takes nothing.
    const { unit, states, verdicts } = await live((fresh, _settings, identity) => {
      for (let at = 200; at < PAGE_BYTES; at += 64) fresh.flash.stick(identity + at, 0xff);
      for (let at = 200; at < PAGE_BYTES; at += 64) fresh.flash.stick(identity + PAGE_BYTES + at, 0xff);
    });
    assert.ok(!states.includes("blessed"), states.join(" "));
    assert.equal(unit.ledPattern, Pattern.Fault);
    assert.deepEqual(verdicts, [false]);
  });
});
