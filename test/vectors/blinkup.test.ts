// SPDX-License-Identifier: Apache-2.0
// Genuine light with expected answers: through the receiver at the capture's own rate, and held at slower boards' rates.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readCapture } from "../../bench/capture-file.js";
import type { Capture } from "../../bench/capture-file.js";
import { decodeCapture } from "../../bench/decode.js";

const FOLDER = new URL("./blinkup/", import.meta.url).pathname;
const files = readdirSync(FOLDER);

/** What a board sees that samples at another rate: the level then, held. */
function held(capture: Capture, sampleHz: number): Capture {
  const count = Math.floor((capture.samples.length * sampleHz) / capture.sampleHz);
  const samples = Uint8Array.from({ length: count }, (_, i) => capture.samples[Math.floor((i * capture.sampleHz) / sampleHz)]!);
  return { ...capture, sampleHz, samples };
}

describe("genuine BlinkUp light", () => {
  it("is here in all nineteen vectors", () => assert.equal(files.length, 19));
  for (const file of files) {
    const { expect } = JSON.parse(readFileSync(FOLDER + file, "utf8")) as { expect: object };
    const capture = readCapture(FOLDER + file);
    it(`${file} gives what it expects`, () => assert.deepEqual(decodeCapture(capture), expect));
    it(`${file} gives it at 600 Hz too`, () => assert.deepEqual(decodeCapture(held(capture, 600)), expect));
  }
});
