// SPDX-License-Identifier: Apache-2.0
// The receiver takes at least as much impaired light as it did: one rung a waveform of bench/light, near its knee.
import assert from "node:assert/strict";
import { readBaseline } from "../../bench/ladder/baseline.js";
import { rungsBelow } from "../../bench/ladder/rungs.js";
import { receive } from "../../bench/ladder/trial.js";

describe("the ladder of impaired light", () => {
  for (const { id, seeds, received } of readBaseline())
    it(`gives at least ${received} of ${seeds} frames at ${id}`, () => {
      const [rung] = rungsBelow(id);
      assert.ok(rung, `${id} is no rung: npm run bench:light -- --save-baseline`);
      const now = receive(rung, { first: 1, count: seeds });
      assert.equal(now.wrong, 0, "a frame that nobody sent");
      assert.ok(now.received >= received, `${now.received} only: npm run bench:light -- --seeds ${seeds} --only ${id}`);
    });
});
