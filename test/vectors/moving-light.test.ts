// SPDX-License-Identifier: Apache-2.0
// A receiver stands in a room: clouds pass, doors open, lamps hum. Genuine frames come through all the same.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Capture } from "../../bench/capture-file.js";
import { readCapture } from "../../bench/capture-file.js";
import { receiveEntries } from "../../bench/decode.js";

const FOLDER = new URL("blinkup/", import.meta.url).pathname;
const FRAMES = ["tri-sdk01.json", "tri-static-proxy.json", "bi-level.json"];

/** Half of full scale for the light itself; the room adds what `roomAt` says, in parts of that, by seconds. */
function inRoom({ samples, sampleHz, file }: Capture, roomAt: (s: number) => number): Capture {
  const shown = samples.map((sample, i) => Math.round(50 + sample / 2 + 127 * roomAt(i / sampleHz)));
  return { file, sampleHz, samples: shown };
}

const ROOMS: readonly [string, (s: number) => number][] = [
  ["brightens and darkens by a third of the light", (s) => 0.3 * Math.sin((2 * Math.PI * s) / 4)],
  ["becomes brighter at once by a third of the light", (s) => (s > 3 ? 0.3 : 0)],
  ["hums at 100 Hz", (s) => 0.15 * Math.sin(2 * Math.PI * 100 * s)],
  ["hums at 120 Hz", (s) => 0.15 * Math.sin(2 * Math.PI * 120 * s)],
];

describe("light in a room", () => {
  for (const name of FRAMES)
    for (const [what, roomAt] of ROOMS)
      it(`is received while the room ${what}: ${name}`, () => {
        const capture = readCapture(join(FOLDER, name));
        const expected = receiveEntries(capture);
        assert.ok(expected instanceof Uint8Array);
        assert.deepEqual(receiveEntries(inRoom(capture, roomAt)), expected);
      });

  for (const name of FRAMES)
    it(`is decoded from a file whose sensor saw it upside down: ${name}`, () => {
      const capture = readCapture(join(FOLDER, name));
      const inverted = { ...capture, samples: capture.samples.map((sample) => 255 - sample) };
      const expected = receiveEntries(capture);
      assert.ok(expected instanceof Uint8Array);
      assert.deepEqual(receiveEntries(inverted), expected);
    });
});
