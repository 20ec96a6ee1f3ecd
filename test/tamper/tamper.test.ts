// SPDX-License-Identifier: Apache-2.0
// A fixed share of npm run test:tamper, and that a server or a device that believed what it should not would be found out.
import assert from "node:assert/strict";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { bits } from "./bits.js";
import { FAMILIES, rerunLine, runFamily } from "./run.js";

const SEED = 1;
/** Every so many points of a family. */
const SHARE: { readonly [family: string]: number } = {
  bit: 31,
  token: 3,
  replay: 5,
  swap: 23,
  malformed: 17,
  line: 5,
};

describe("tampering", () => {
  for (const family of FAMILIES)
    it(`is refused: one point in ${SHARE[family.name]} of ${family.name}`, async () => {
      const { run, failures } = await runFamily(family, { seed: SEED, part: 1, of: SHARE[family.name] ?? 1, only: [] });
      assert.ok(run > 0);
      assert.equal(failures.map(({ point, why }) => `${why}\n${rerunLine(point, SEED)}`).join("\n"), "");
    });

  it("is found out where it is believed, point by point", async () => {
    const { accepts } = Channel.prototype;
    const point = "bit:7:down:123";
    Channel.prototype.accepts = () => true;
    try {
      const { failures } = await runFamily(bits, { seed: SEED, part: 1, of: 1, only: [point] });
      assert.deepEqual(failures, [{ point, why: "it was believed" }]);
    } finally {
      Channel.prototype.accepts = accepts;
    }
    assert.equal(rerunLine(point, SEED), "npm run test:tamper -- --seed 1 --point 'bit:7:down:123'");
  });
});
