// SPDX-License-Identifier: Apache-2.0
// What a script does to the settings: each flag takes its entries and no others, and what went is in flash no more.
import assert from "node:assert/strict";
import { SCRIPT_CONSTANTS } from "../../firmware/api/constants.js";
import type { Globals } from "../../firmware/api/globals.js";
import { ENTRY_ORDER, EntryType, findEntry, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { startApplication } from "../../firmware/roles/application.js";
import { LogName, Origin, SETTINGS_KIND, settingsBody } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { firmwareBoard, loadBoard } from "../../bench/build/boards.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { Network } from "../../hal/sim/models/network.js";
import { PAGE_BYTES } from "../../hal/sim/models/nor-flash.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import { PRODUCT } from "../tools/test-server.js";

interface Imp {
  clearconfiguration(what?: number): void;
  setwificonfiguration(ssid: string, key: string): void;
  setenroltokens(planId: string, token: string): void;
  getssid(): string;
}

const { CONFIG_WIFI, CONFIG_STATIC_NETWORK, CONFIG_PROXY, CONFIG_ALL } = SCRIPT_CONSTANTS;
const BOARD = loadBoard("virtual");
const SETTINGS = firmwareBoard(BOARD).settings;
const ENTRIES: { readonly [type: number]: Uint8Array } = {
  [EntryType.Ssid]: asciiBytes("the-network"),
  [EntryType.Password]: asciiBytes("its-password"),
  [EntryType.StaticIp]: new Uint8Array(16).fill(0xa5),
  [EntryType.Proxy]: Uint8Array.of(31, 144, 5, ...asciiBytes("proxy")),
  [EntryType.ServerUrl]: asciiBytes("http://factory.test"),
  [EntryType.Enrolment]: new Uint8Array(16).fill(0x5a),
};

/** Runs one script on an owner's device with every kind of entry; gives what is left in flash. */
function afterwards(script: (imp: Imp) => void) {
  const clock = new VirtualClock();
  const world = {
    clock,
    network: new Network(clock),
    radio: new Radio(clock),
    board: BOARD,
    firmware: (hal: Parameters<typeof startApplication>[0]) =>
      startApplication(
        hal,
        { ...PRODUCT, serverUrl: "http://factory.test", wipe: "auto", wipeOnFail: true, stageHash: "0".repeat(16) },
        ({ imp }: Globals) => script(imp as unknown as Imp),
      ),
  };
  const unit = new BenchUnit(world, { mac: "30aea4001122", seed: 1, analog: new Map() });
  const open = () =>
    new RecordLog(openFlashRegion(unit.flash, SETTINGS.address, SETTINGS.pages), digest, LogName.Settings);
  const all = new Uint8Array(255);
  const end = ENTRY_ORDER.reduce((at, type) => (ENTRIES[type] ? putEntry(all, at, type, ENTRIES[type]) : at), 0);
  open().write(SETTINGS_KIND, settingsBody(Origin.Production, all.subarray(0, end)));
  unit.board.powerOn();
  const body = open().read(SETTINGS_KIND);
  const from = SETTINGS.address - unit.flash.base;
  return {
    lines: unit.lines,
    origin: body?.[0],
    kept: (type: EntryType) => body && findEntry(body.subarray(1), body.length - 1, type),
    image: Buffer.from(unit.flash.bytes.subarray(from, from + SETTINGS.pages * PAGE_BYTES)),
  };
}

const kinds = Object.keys(ENTRIES).map(Number) as EntryType[];

describe("imp.clearconfiguration", () => {
  const cases: readonly (readonly [string, () => number | undefined, readonly EntryType[]])[] = [
    ["CONFIG_WIFI", () => CONFIG_WIFI, [EntryType.Ssid, EntryType.Password]],
    ["CONFIG_STATIC_NETWORK", () => CONFIG_STATIC_NETWORK, [EntryType.StaticIp]],
    ["CONFIG_PROXY", () => CONFIG_PROXY, [EntryType.Proxy]],
    [
      "CONFIG_WIFI | CONFIG_PROXY",
      () => CONFIG_WIFI | CONFIG_PROXY,
      [EntryType.Ssid, EntryType.Password, EntryType.Proxy],
    ],
  ];
  for (const [name, flags, gone] of cases)
    it(`takes what ${name} names, and nothing else`, () => {
      const { kept, image, origin } = afterwards((imp) => imp.clearconfiguration(flags()));
      for (const type of kinds) {
        const value = ENTRIES[type] as Uint8Array;
        assert.deepEqual(kept(type), gone.includes(type) ? undefined : value, `entry ${type}`);
        assert.equal(image.includes(Buffer.from(value)), !gone.includes(type), `entry ${type} in flash`);
      }
      assert.equal(origin, Origin.Production);
    });

  for (const [name, flags] of [
    ["CONFIG_ALL", () => CONFIG_ALL],
    ["no flags", () => undefined],
  ] as [string, () => number | undefined][])
    it(`blanks everything with ${name}`, () => {
      const { image } = afterwards((imp) => imp.clearconfiguration(flags()));
      assert.ok(image.every((byte) => byte === 0xff));
    });
});

describe("imp.setwificonfiguration and imp.setenroltokens", () => {
  it("change their own entries, keep all others, and leave nothing of the old in flash", () => {
    const { kept, image } = afterwards((imp) => {
      imp.setwificonfiguration("another", "");
      imp.setenroltokens("0011223344556677", "8899aabbccddeeff");
    });
    assert.deepEqual(kept(EntryType.Ssid), asciiBytes("another"));
    assert.deepEqual(kept(EntryType.Password), new Uint8Array(0));
    for (const type of [EntryType.StaticIp, EntryType.Proxy, EntryType.ServerUrl])
      assert.deepEqual(kept(type), ENTRIES[type]);
    for (const type of [EntryType.Ssid, EntryType.Password, EntryType.Enrolment])
      assert.ok(!image.includes(Buffer.from(ENTRIES[type] as Uint8Array)), `the old entry ${type}`);
  });

  for (const [code, call] of [
    ["SETTINGS_SSID", (imp) => imp.setwificonfiguration("", "12345678")],
    ["SETTINGS_SSID", (imp) => imp.setwificonfiguration("x".repeat(33), "12345678")],
    ["SETTINGS_PASSWORD", (imp) => imp.setwificonfiguration("x", "1".repeat(65))],
    ["SETTINGS_TOKEN", (imp) => imp.setenroltokens("0011223344556677", "8899aabbccddeef")],
    ["SETTINGS_TOKEN", (imp) => imp.setenroltokens("0011223344556677", "8899aabbccddeefg")],
  ] as [string, (imp: Imp) => void][])
    it(`refuse what cannot be, and change nothing: ${code}`, () => {
      const { kept, lines } = afterwards(call);
      for (const type of kinds) assert.deepEqual(kept(type), ENTRIES[type]);
      assert.ok(
        lines.some((line) => line.startsWith(`${code}: `)),
        lines.join("\n"),
      );
    });
});
