// SPDX-License-Identifier: Apache-2.0
// Whatever line of whatever function Espruino names, it is found again: as the real interpreter tells it, which counts from each function's
// own beginning and shows the line's text.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { loadProduct } from "../../bench/build/product.js";
import { placesOf } from "../../bench/watch/places.js";
import { buildScript } from "../../bench/watch/programs.js";
import { bodiesOf } from "../../bench/watch/rows.js";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;
/** Functions that begin alike, on one line, in one another. */
const ALIKE = `
function one(): void {
  server.log("same");
  server.log("same");
}
function two(): void {
  server.log("same");
  server.log("same");
}
function eight(): number {
  return hardware.millis();
}
function nine(): number {
  return hardware.millis();
}
const three = (): void => {
  server.log("same");
  const four = (): number => hardware.millis();
  const five = (): number => hardware.millis();
  server.log(four() + five());
};
imp.wakeup(1, () => {
  one();
});
imp.wakeup(1, () => {
  one();
  two();
  three();
  server.log(eight() + nine());
});
`;

describe("a place that Espruino tells", () => {
  const dir = mkdtempSync(join(tmpdir(), "lightline-places-"));
  after(() => rmSync(dir, { recursive: true }));

  const alike = (): string => {
    const folder = join(dir, "alike");
    cpSync(join(EXAMPLES, "hello-sensor"), folder, { recursive: true });
    writeFileSync(join(folder, "dut.ts"), ALIKE);
    return folder;
  };

  for (const [what, folder] of [
    ["examples/hello-sensor", () => join(EXAMPLES, "hello-sensor")],
    ["examples/classic-factory", () => join(EXAMPLES, "classic-factory")],
    ["functions that are alike", alike],
  ] as const)
    it(`is found in ${what}`, async () => {
      const program = await buildScript(loadBoard("virtual"), loadProduct(folder()), "dut");
      const { code, locate } = program;
      let told = 0;
      for (const { start, end, own, isBlock } of bodiesOf(code)) {
        let at = start;
        for (const [row, text] of code.slice(start, end).split("\n").entries()) {
          const before = code.slice(0, at).split("\n");
          const place = locate(before.length, (before.at(-1) as string).length);
          const isOwn = at >= own;
          at += text.length + 1;
          if (!isOwn || !text || text === ";" || place.startsWith("program:") || !isBlock) continue;
          const stack = `    at f (:${row + 1}:1)\n${text}\n^\n`;
          assert.deepEqual(placesOf(stack, program), [place], `${row + 1}: ${text}`);
          told++;
        }
      }
      assert.ok(told > 10);
    });

  it("of another program is left out", async () => {
    const program = await buildScript(loadBoard("virtual"), loadProduct(join(EXAMPLES, "hello-sensor")), "dut");
    assert.deepEqual(placesOf("    at begin (:1:9)\nsomething(else);\n        ^\n", program), []);
  });
});
