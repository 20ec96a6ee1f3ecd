// SPDX-License-Identifier: Apache-2.0
// Board files: those here load, and one that could not work is refused in a sentence that names the field.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkBoard, firmwareBoard, listBoards, loadBoard } from "../../bench/build/boards.js";

const PATH = "boards/mine.json";
const SOUND = readFileSync(new URL("../../boards/esp32-devkitc.json", import.meta.url), "utf8");

/** A sound board with some fields replaced; undefined removes one. */
function withFields(fields: object): unknown {
  const board = { ...(JSON.parse(SOUND) as object), ...fields };
  return JSON.parse(JSON.stringify(board));
}

const light = (fields: object) => ({
  light: { pin: 34, sensor: "analog", sampleHz: 600, brighter: "higher", ...fields },
});
const led = (fields: object) => ({ led: { red: 25, green: 26, activeLow: false, ...fields } });
const flash = (settings: [string, number], identity: [string, number] = ["0x312000", 8192]) => ({
  flash: {
    settings: { address: settings[0], bytes: settings[1] },
    identity: { address: identity[0], bytes: identity[1] },
  },
});

const REFUSED: { [what: string]: [fields: object, sentence: string] } = {
  "a pin used twice": [led({ green: 25 }), '"led.green" and "led.red" are both GPIO 25; give each a pin of its own.'],
  "a script's pin on a role's pin": [
    { pins: { pinA: 34 } },
    '"pins.pinA" and "light.pin" are both GPIO 34; give each a pin of its own.',
  ],
  "two names of one pin": [
    { pins: { pinA: 32, pinB: 32 } },
    '"pins.pinB" and "pins.pinA" are both GPIO 32; give each a pin of its own.',
  ],
  "a light pin off ADC1": [
    light({ pin: 14 }),
    '"light.pin" is GPIO 14, which is not on ADC1; use one of 32, 33, 34, 35, 36, 37, 38, 39.',
  ],
  "a light pin without edges": [
    light({ pin: 39, sensor: "edges" }),
    '"light.pin" is GPIO 39, whose edges Espruino misses or invents; use a pin other than 12, 36, 39.',
  ],
  "a button without edges": [
    { button: { pin: 12, activeLow: true } },
    '"button.pin" is GPIO 12, whose edges Espruino misses or invents; use a pin other than 12, 36, 39.',
  ],
  "an output on an input": [
    led({ red: 35 }),
    '"led.red" is GPIO 35, which is an input only; use a pin that can drive an output.',
  ],
  "an emitter on an input": [
    { emitter: { pin: 36, activeLow: false } },
    '"emitter.pin" is GPIO 36, which is an input only; use a pin that can drive an output.',
  ],
  "a rescue pin without a pull-up": [
    { rescue: { pin: 35 } },
    '"rescue.pin" is GPIO 35, which has no pull-up; use a pin below 34.',
  ],
  "a flash pin": [led({ red: 6 }), '"led.red" is GPIO 6, which is wired to the flash; use another pin.'],
  "a console pin": [led({ red: 1 }), '"led.red" is GPIO 1, the serial console; use another pin.'],
  "a pin that the chip lacks": [
    led({ red: 40 }),
    '"led.red" is GPIO 40, which ESP32 (classic) does not have; use another pin.',
  ],
  "a rate that the chip does not reach": [
    light({ sampleHz: 1000 }),
    '"light.sampleHz" is 1000, and ESP32 (classic) reads 600 at most; write that or less.',
  ],
  "a sensor on a strapping pin": [
    light({ pin: 15, sensor: "edges", sampleHz: undefined }),
    '"light.pin" is GPIO 15, and a sensor there would change how the chip starts; use a pin other than 0, 2, 5, 12, 15.',
  ],
  "a converter that Espruino does not read": [
    { inherits: "esp32s3", ...led({ red: 5, green: 15 }), emitter: { pin: 16, activeLow: false }, pins: {} },
    '"light.sensor" is "analog", and Espruino reads no converter of ESP32-S3; write "edges", behind a comparator.',
  ],
  "a pin that something else has": [
    { taken: { "the display": [25] } },
    '"led.red" is GPIO 25, which is the display\'s; use another pin.',
  ],
  "a level that Espruino turns over": [
    led({ red: 0 }),
    '"led.red" is GPIO 0, whose level Espruino turns over; use another pin.',
  ],
  "a rescue pin that starts the loader": [
    { rescue: { pin: 5 }, pins: {} },
    '"rescue.pin" is GPIO 5, and held at a start it would change how the chip starts; use a pin other than 0, 2, 5, 12, 15.',
  ],
  "a tier without its doubts": [{ tier: 3 }, '"open" is missing; write what is not known of it.'],
  "a board that claims to run at every change": [
    { tier: 1 },
    '"tier" is 1; write 1 for a virtual board, and 2 or 3 for one that nobody has run yet.',
  ],
  "a missing role": [
    { light: undefined },
    '"light" is missing; write the light sensor as { "pin", "sensor", "sampleHz", "brighter" }, for "edges" without "sampleHz".',
  ],
  "a fixture without an emitter": [
    { emitter: undefined, pins: {} },
    '"emitter" is missing and "roles" has "fixture"; write the BlinkUp LED as { "pin", "activeLow" }.',
  ],
  "flash before the safe region": [
    flash(["0x9000", 8192]),
    '"flash.settings" overlaps Espruino\'s nvs (0x9000 to 0xbfff); stay within 0x310000 to 0x31ffff.',
  ],
  "flash between partitions": [
    flash(["0x400000", 8192]),
    '"flash.settings" leaves the flash that Espruino does not use; stay within 0x310000 to 0x31ffff.',
  ],
  "flash that ends in Storage": [
    flash(["0x31f000", 8192]),
    '"flash.settings" overlaps Espruino\'s storage (0x320000 to 0x3fffff); stay within 0x310000 to 0x31ffff.',
  ],
  "flash off the pages": [
    flash(["0x310100", 8192]),
    '"flash.settings" is not whole pages; write an address and a length that are multiples of 4096.',
  ],
  "flash of one page": [
    flash(["0x310000", 4096]),
    '"flash.settings" is 4096 bytes; write 8192, since a record moves between two pages.',
  ],
  "regions that overlap": [
    flash(["0x310000", 12288]),
    '"flash.settings" and "flash.identity" overlap; give each its own pages.',
  ],
  "an unknown chip": [
    { inherits: "esp8266" },
    '"inherits" names no chip "esp8266"; write one of esp32, esp32c3, esp32s3, virtual.',
  ],
  "an unknown field": [
    { led2: 1 },
    '"led2" is unknown; the fields here are $schema, inherits, title, tier, open, roles, light, led, emitter, button, rescue, pins, taken, labels, slots, flash.',
  ],
  "an analogue sensor without a rate": [
    light({ sampleHz: undefined }),
    '"light.sampleHz" is missing; write samples a second, 200 to 600.',
  ],
  "a comparator with a rate": [
    light({ sensor: "edges" }),
    '"light.sampleHz" is 600, and a comparator is not sampled; leave it out.',
  ],
  "a wrong sensor": [light({ sensor: "camera" }), '"light.sensor" is "camera"; write one of "analog", "edges".'],
  "a pin that is no number": [led({ red: "D25" }), '"led.red" is "D25"; write a GPIO number.'],
  "an address that is none": [
    flash(["3211264", 8192]),
    '"flash.settings.address" is "3211264"; write an address such as "0x310000".',
  ],
};

describe("boards", () => {
  for (const name of listBoards()) {
    it(`loads ${name}`, () => assert.ok(loadBoard(name).chip.firmware.includes("2v29")));
  }

  it("says which boards exist", () => {
    assert.throws(() => loadBoard("uno"), {
      code: "BOARD_UNKNOWN",
      exitCode: 2,
      message: 'There is no board "uno"; the boards are ' + listBoards().join(", ") + ".",
    });
  });

  for (const [what, [fields, sentence]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      const message = `${PATH}: ${sentence}`;
      assert.throws(() => checkBoard("mine", withFields(fields), PATH), { code: "BOARD_INVALID", message });
    });
  }

  it("gives the firmware pins, polarity and pages", () => {
    const fields = { ...light({ brighter: "lower" }), emitter: undefined, rescue: undefined, roles: ["dut"] };
    assert.deepEqual(firmwareBoard(checkBoard("mine", withFields({ ...fields, pins: { pinA: 32 } }), PATH)), {
      name: "mine",
      light: { pin: 34, sampleHz: 600, inverted: true },
      led: { red: 25, green: 26, activeLow: false },
      emitter: { pin: -1, activeLow: false },
      button: { pin: 0, activeLow: false },
      rescue: -1,
      randomRegister: 0x60035144,
      settings: { address: 0x310000, pages: 2 },
      identity: { address: 0x312000, pages: 2 },
      pins: { pinA: 32 },
    });
  });
});
