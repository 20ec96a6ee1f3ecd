// SPDX-License-Identifier: Apache-2.0
// A fixed share of what `npm run test:power` runs: every seventh single fault, and some pairs.
import assert from "node:assert/strict";
import { everySingle, runAlone, somePairs } from "./campaign.js";
import { Factory } from "./factory.js";
import { formatPoint, parsePoint } from "./fault.js";
import { runTrial } from "./trial.js";

const SHARE = 7;
const PAIRS = 40;

describe("a unit's life", function () {
  this.timeout(120_000);
  let factory: Factory;
  before(async () => (factory = await Factory.open()));
  after(() => factory.close());

  it("ends shippable, failed or activated, once and for all, whatever goes wrong", async () => {
    const points = (await everySingle()).filter((_, i) => i % SHARE === 0).concat(await somePairs(PAIRS, 1));
    let faults = 0;
    for (const point of points) {
      const outcome = await runTrial(factory, point);
      faults += outcome.faults;
      const rerun = `npm run test:power -- --point ${formatPoint(point)}`;
      assert.deepEqual(outcome.problems, [], rerun);
    }
    console.log(`      ${points.length} points, ${faults} faults`);
    assert.ok(faults > points.length / 2, "the faults came to pass");
  });
});

describe("the handshake", () => {
  it("takes a unit 12 PRF calls or fewer, results apart", async () => {
    const { prfCalls } = await runAlone("auto");
    // Of the results: their digest, and the MACs of request and answer.
    assert.ok(prfCalls - 3 <= 12, `${prfCalls} calls`);
  });
});

describe("a fault's text", () => {
  it("is read as it is written", () => {
    for (const text of ["auto", "script/flash:3:none", "bad/message:2:double+flash:40:ragged"])
      assert.equal(formatPoint(parsePoint(text)), text);
  });
  it("is refused when it is none", () => {
    for (const text of [
      "",
      "never",
      "auto/flash:0:half",
      "auto/flash:1:double",
      "auto/message:1",
      "auto/flash:1:half+",
    ])
      assert.throws(() => parsePoint(text), /.../);
  });
});
