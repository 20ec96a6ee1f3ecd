// SPDX-License-Identifier: Apache-2.0
// A stage that chains another one lets go of the board: what it planned to write would be written over what the other one wrote.
import assert from "node:assert/strict";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { LightCondition } from "../../firmware/core/modem/light-condition.js";
import { LightWindow } from "../../firmware/device/light-window.js";
import { bootStage } from "../../firmware/roles/boot.js";
import { startReceiver } from "../../firmware/roles/receive.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { BootRecord } from "../../firmware/store/boot-record.js";
import { IdentityKind, LogName, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { firmwareBoard, loadBoard } from "../../bench/build/boards.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { ErrorCode } from "../../hal/error.js";
import type { WholeBoard } from "../../hal/sim/board.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const BOARD = loadBoard("virtual");
const IDENTITY = firmwareBoard(BOARD).identity;
const RESCUE = Uint8Array.of(12, 1);
/** Longer than any timer of the receive stage. */
const AFTER_MS = 200_000;

/** A whole frame, 100 ms after the window opens. */
function openWindow(hal: WholeBoard): LightWindow<Uint8Array> {
  const entries = new Uint8Array(32);
  const length = putEntry(entries, 0, EntryType.Ssid, asciiBytes("another line"));
  const sensor = {
    lost: 0,
    start(onStretch: (stretch: Uint8Array, count: number) => void): ErrorCode {
      hal.timers.after(100, () => onStretch(entries, length));
      return ErrorCode.Ok;
    },
    stop: () => undefined,
  };
  const receiver = {
    receiving: false,
    sure: false,
    condition: LightCondition.Fine,
    entries,
    entriesLength: length,
    feed: () => DecodeStatus.Complete,
  };
  return new LightWindow(sensor, receiver);
}

describe("a shipped unit that is lit again in recovery", () => {
  const clock = new VirtualClock();
  const chained: string[] = [];
  const caught: string[] = [];
  let failed = 0;

  /** What follows keeps a value of its own, and takes over what nobody catches. */
  function follow(hal: WholeBoard): void {
    hal.system.onUncaught((what) => caught.push(what));
    const identity = new RecordLog(hal.identity, digest, LogName.Identity);
    const boot = new BootRecord(identity);
    boot.counter++;
    boot.save();
    identity.write(IdentityKind.Rescue, RESCUE);
    hal.timers.after(1000, () => {
      failed++;
      throw new Error("nobody catches this");
    });
  }

  const unit = new BenchUnit(
    {
      clock,
      network: new Network(clock),
      radio: new Radio(clock),
      board: BOARD,
      firmware: (hal, stage) => {
        if (stage) chained.push(stage);
        if (stage) follow(hal);
        else if (bootStage(hal) === "r") startReceiver(hal, openWindow(hal));
      },
    },
    { mac: "30aea4001122", seed: 1, analog: new Map() },
  );
  const open = () =>
    new RecordLog(openFlashRegion(unit.flash, IDENTITY.address, IDENTITY.pages), digest, LogName.Identity);
  const body = new Uint8Array(1);

  before(async () => {
    const identity = open();
    identity.write(IdentityKind.Blessing, packBlessing(new Uint8Array(32).fill(7), body, new Uint8Array(64), body));
    identity.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Proved));
    identity.write(IdentityKind.Boot, Uint8Array.of(0, 0, 0, 5, 2, 0));
    unit.board.powerOn();
    let over = false;
    clock.after(AFTER_MS * 1000, () => (over = true));
    await clock.run(() => over);
  });

  it("goes to the stage that can say what the light is", () => assert.deepEqual(chained, ["ll.application"]));
  it("leaves to that stage what nobody catches", () => assert.deepEqual([failed, caught.length], [1, 1]));
  it("starts no more by itself", () => assert.equal(unit.board.starts, 1));
  it("keeps what that stage wrote", () => {
    const identity = open();
    assert.deepEqual(identity.read(IdentityKind.Rescue), RESCUE);
    assert.equal(new BootRecord(identity).counter, 7);
  });
});
