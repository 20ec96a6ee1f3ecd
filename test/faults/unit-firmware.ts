// SPDX-License-Identifier: Apache-2.0
// The firmware's roles for one unit's life, with the shortest product that can be blessed, and light as entries.
import type { Globals, ProductData, RunScript } from "../../firmware/api/globals.js";
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { LightCondition } from "../../firmware/core/modem/light-condition.js";
import { stageFile } from "../../firmware/device/lifecycle.js";
import { LightWindow } from "../../firmware/device/light-window.js";
import type { Phase, SelfTest } from "../../firmware/device/self-test.js";
import { startApplication } from "../../firmware/roles/application.js";
import { bootStage } from "../../firmware/roles/boot.js";
import { startDut } from "../../firmware/roles/dut.js";
import { startReceiver } from "../../firmware/roles/receive.js";
import { Label } from "../../firmware/core/protocol/codes.js";
import type { Digest } from "../../hal/digest.js";
import { ErrorCode } from "../../hal/error.js";
import type { Firmware, WholeBoard } from "../../hal/sim/board.js";
import { hex } from "../../server/crypto.js";
import { PRODUCT } from "../tools/test-server.js";
import type { Story } from "./fault.js";

export const SERVER_URL = "http://factory.test:8080";
const SEEN_MS = 500;

/** Where a unit lies under a fixture, and what was seen of it there. */
export interface Slot {
  /** Entries of the light that shines, until it was received whole. */
  light: Uint8Array | undefined;
  /** What the script's callback was told. */
  readonly verdicts: boolean[];
  /** Each key that the unit used. In hex. */
  readonly keys: Set<string>;
  /** What it may keep: its own key, as often as it was given one, and its owner's token. In hex. */
  readonly ownKeys: Set<string>;
  /** Of the handshake: the console's password apart. */
  prfCalls: number;
}

export const emptySlot = (): Slot => ({
  light: undefined,
  verdicts: [],
  keys: new Set(),
  ownKeys: new Set(),
  prfCalls: 0,
});

export function unitFirmware(story: Story, slot: Slot): Firmware {
  const product: ProductData = {
    ...PRODUCT,
    serverUrl: SERVER_URL,
    wipe: story === "script" ? "script" : "auto",
    wipeOnFail: true,
    stageHash: "0".repeat(16),
  };
  const stages: { readonly [file: string]: (hal: WholeBoard) => void } = {
    [stageFile("r")]: (hal) => startReceiver(hal, openWindow(hal, slot)),
    [stageFile("d")]: (hal) => startDut(hal, product, [], dutScript(story, slot)),
    [stageFile("a")]: (hal) => startApplication(hal, product, () => undefined),
  };
  return (hal, chained) =>
    stages[chained ?? stageFile(bootStage(hal))]?.({ ...hal, digest: watched(hal.digest, slot) });
}

/** Notes every key on its way. */
function watched(digest: Digest, slot: Slot): Digest {
  return {
    ...digest,
    prf(key, message) {
      const value = digest.prf(key, message);
      if (message[0] !== Label.Console) slot.prfCalls++;
      if (message[0] === Label.DeviceKey) slot.ownKeys.add(hex(value));
      // A chain of results takes the digest so far as its key.
      if (message[0] !== Label.Digest) slot.keys.add(hex(key));
      return value;
    },
  };
}

interface DutGlobals {
  readonly imp: { onidle(run: () => void): void; clearconfiguration(): void };
  readonly server: { bless(passed: boolean, done: (blessed: boolean) => void): void };
  readonly selftest: SelfTest;
}

function dutScript(story: Story, slot: Slot): RunScript {
  const measured = (phase: string, name: string, value: number): Phase => ({
    name: phase,
    run(test) {
      test.measure(name, value);
      test.done();
    },
  });
  const phases = [measured("supply", "supply", story === "bad" ? 2.5 : 3.3), measured("sensor", "temperature", 21)];
  return (globals: Globals) => {
    const { imp, server, selftest } = globals as unknown as DutGlobals;
    imp.onidle(() =>
      selftest.run(phases, (passed) =>
        server.bless(passed, (blessed) => {
          slot.verdicts.push(blessed);
          if (story === "script" && blessed) imp.clearconfiguration();
        }),
      ),
    );
  };
}

/** A receiver that sees whatever shines in the slot, whole and at once. */
class SlotReceiver {
  readonly receiving = false;
  readonly sure = false;
  readonly condition = LightCondition.Fine;
  entries: Uint8Array = new Uint8Array(0);
  entriesLength = 0;

  feed(entries: Uint8Array, count: number): DecodeStatus {
    this.entries = entries;
    this.entriesLength = count;
    return DecodeStatus.Complete;
  }
}

function openWindow(hal: WholeBoard, slot: Slot): LightWindow<Uint8Array> {
  let isOpen = false;
  const look = (onStretch: (entries: Uint8Array, count: number) => void): void => {
    if (!isOpen) return;
    const { light } = slot;
    slot.light = undefined;
    if (light) onStretch(light, light.length);
    hal.timers.after(SEEN_MS, () => look(onStretch));
  };
  const sensor = {
    lost: 0,
    start(onStretch: (entries: Uint8Array, count: number) => void): ErrorCode {
      isOpen = true;
      hal.timers.after(SEEN_MS, () => look(onStretch));
      return ErrorCode.Ok;
    },
    stop(): void {
      isOpen = false;
    },
  };
  return new LightWindow(sensor, new SlotReceiver());
}
