// SPDX-License-Identifier: Apache-2.0
// What the receiver makes of light that is no frame: rooms, hands, lamps. It says what is wrong, and never makes settings of it.
import assert from "node:assert/strict";
import { chance, gaussian } from "../../bench/ladder/chance.js";
import { falseFrames } from "../../bench/ladder/false-frames.js";
import { EdgeReceiver } from "../../firmware/core/modem/edge-receiver.js";
import { LightCondition } from "../../firmware/core/modem/light-condition.js";
import { Receiver } from "../../firmware/core/modem/receiver.js";
import { LightWindow } from "../../firmware/device/light-window.js";
import { ErrorCode } from "../../hal/error.js";
import { digest } from "../../hal/sim/digest.js";

const HZ = 600;
const BLOCK = 128;

function conditionOf(seconds: number, lightAt: (s: number) => number): LightCondition {
  const receiver = new Receiver(HZ, digest);
  for (let block = 0; block < (seconds * HZ) / BLOCK; block++) {
    const samples = Uint8Array.from({ length: BLOCK }, (_, i) => Math.round(lightAt((block * BLOCK + i) / HZ)));
    receiver.feed(samples, BLOCK);
  }
  return receiver.condition;
}

describe("a room's light", () => {
  const rows: readonly [string, (s: number) => number, LightCondition][] = [
    ["an ordinary room is fine", () => 60, LightCondition.Fine],
    ["no light at all is told", () => 0, LightCondition.Dark],
    ["a sensor in the sun is told", () => 255, LightCondition.Saturated],
    ["light that is cut off above is told", (s) => Math.min(255, 200 + 100 * Math.sin(40 * s)), LightCondition.Clipped],
    [
      "lamps on mains of 50 Hz are told",
      (s) => 90 + 40 * Math.abs(Math.sin(100 * Math.PI * s)),
      LightCondition.Flickering,
    ],
    [
      "lamps on mains of 60 Hz are told",
      (s) => 90 + 40 * Math.abs(Math.sin(120 * Math.PI * s)),
      LightCondition.Flickering,
    ],
  ];
  for (const [what, lightAt, expected] of rows) it(what, () => assert.equal(conditionOf(5, lightAt), expected));

  it("is fine again once the sun has gone", () => {
    assert.equal(
      conditionOf(12, (s) => (s < 5 ? 255 : 80)),
      LightCondition.Fine,
    );
  });

  it("flickers at a comparator too", () => {
    const receiver = new EdgeReceiver(digest);
    for (let i = 0; i < 20; i++) {
      const runs = Int32Array.from({ length: 64 }, (_, at) => (at % 2 ? -5000 : 5000));
      receiver.feed(runs, runs.length);
    }
    assert.equal(receiver.condition, LightCondition.Flickering);
  });
});

describe("light without a frame", () => {
  it("is not told as light, nor as bad light, in half an hour of noise", () => {
    const random = chance(1, "noise");
    const told: string[] = [];
    let give: (samples: Uint8Array, count: number) => void = () => undefined;
    const sensor = {
      lost: 0,
      stop: () => undefined,
      start: (onBlock: typeof give) => ((give = onBlock), ErrorCode.Ok),
    };
    const window = new LightWindow<Uint8Array>(sensor, new Receiver(HZ, digest));
    window.onLight = () => told.push("light");
    window.onBadLight = () => told.push("bad light");
    window.open();
    for (let block = 0; block < (1800 * HZ) / BLOCK; block++)
      give(
        Uint8Array.from({ length: BLOCK }, () => Math.round(60 + 3 * gaussian(random))),
        BLOCK,
      );
    assert.deepEqual(told, []);
    assert.ok(window.receiver.condition === LightCondition.Fine);
  });

  it("gives none in 12,000 blocks of noise, lamps and waving hands", () => {
    const { blocks, frames } = falseFrames(12_000, 1);
    assert.deepEqual([blocks, frames], [12_000, 0]);
  });
});
