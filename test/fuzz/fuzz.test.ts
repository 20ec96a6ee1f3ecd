// SPDX-License-Identifier: Apache-2.0
// A fixed share of npm run fuzz, and that a reader which takes what it should not would be found out.
import assert from "node:assert/strict";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { rerunLine, runTarget, TARGETS } from "./run.js";
import { message } from "./targets/message.js";

const SEED = 1;
/** Of the server's, whose turn takes a millisecond, fewer. */
const RUNS = 2000;
const SLOW_RUNS = 180;

describe("fuzzing", () => {
  for (const target of TARGETS) {
    const runs = target.batch ? SLOW_RUNS : RUNS;
    it(`finds nothing in ${runs} runs of ${target.name}`, async () => {
      const { failure, accepted } = await runTarget(target, { seed: SEED, first: 0, runs });
      assert.equal(
        failure && `${failure.why}\n${rerunLine(target.name, SEED, failure.run)}\n${failure.input}`,
        undefined,
      );
      assert.ok(
        accepted > runs / 50 && accepted < runs,
        `${accepted} of ${runs} were taken: neither side was looked at`,
      );
    });
  }

  it("finds a reader that believes too much, and runs that input alone again", async () => {
    const { accepts } = Channel.prototype;
    Channel.prototype.accepts = () => true;
    try {
      const found = (await runTarget(message, { seed: SEED, first: 0, runs: RUNS })).failure;
      assert.equal(found?.why, "Broken: it is believed wrongly");
      const again = await runTarget(message, { seed: SEED, first: found.run, runs: 1 });
      assert.deepEqual(again.failure, found);
    } finally {
      Channel.prototype.accepts = accepts;
    }
  });
});
