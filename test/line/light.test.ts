// SPDX-License-Identifier: Apache-2.0
// A fixture's light, by every waveform that its script may ask for, through the shipped bundles; and orders that it refuses.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStages } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";

const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };

const SENT = ["BLINKUP_ACTIVEHIGH", "BLINKUP_FAST | BLINKUP_ACTIVEHIGH", "BLINKUP_BURST", "BLINKUP_FAST"];
const REFUSED: readonly (readonly [args: string, code: string])[] = [
  [`"${"x".repeat(33)}", null, fixture.emitter, 0`, "LIGHT_SSID"],
  [`"net", "short", fixture.emitter, 0`, "LIGHT_PASSWORD"],
  [`"net", "${"x".repeat(65)}", fixture.emitter, 0`, "LIGHT_PASSWORD"],
  [`"net", "password", fixture.emitter, 8`, "LIGHT_FLAGS"],
  [`"net", "password", fixture.emitter, NaN`, "LIGHT_FLAGS"],
  [`"net", "password", { gpio: 99 } as ImpPin, 0`, "LIGHT_PIN"],
  [`"net", "password", undefined as unknown as ImpPin, 0`, "LIGHT_PIN"],
];

/** The n-th press gives the n-th order; the console says what becomes of it. */
const SCRIPT = `
const orders = [
${[...SENT.map((flags) => `null, null, fixture.emitter, ${flags}`), ...REFUSED.map(([args]) => args)]
  .map((args) => `  () => server.factoryblinkup(${args}),`)
  .join("\n")}
];
let presses = 0;
fixture.onlight((event) => {
  server.log("light " + event.state + (event.state === "refused" ? " " + event.reason.split(":")[0] : ""));
});
fixture.onbutton(() => {
  const order = orders[presses++];
  if (order) order();
});
`;

describe("a fixture's light", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-light-"));
  let line: VirtualLine;
  before(async () => {
    const folder = join(dir, "product");
    cpSync(EXAMPLE, folder, { recursive: true });
    writeFileSync(join(folder, "fixture.ts"), SCRIPT);
    const product = loadProduct(folder);
    const build = await buildStages({ boards: ["virtual"], product: folder, outDir: join(dir, "dist") });
    line = new VirtualLine({ product, build, board: "virtual", seed: 3, dataDir: undefined });
    await line.start();
  });
  after(async () => {
    await line.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Presses, waits, and returns what the fixture said of that light. */
  async function press(until: (said: readonly string[]) => boolean): Promise<readonly string[]> {
    const from = line.fixture.lines.length;
    const deadline = line.clock.nowUs + 120e6;
    const said = (): string[] =>
      line.fixture.lines
        .slice(from)
        .filter((text) => text.startsWith("log: light"))
        .map((text) => text.slice("log: light ".length));
    line.press();
    await line.clock.run(() => until(said()) || line.clock.nowUs > deadline);
    await line.clock.run(() => line.fixture.lastStep.charAt(2) === "I" || line.clock.nowUs > deadline);
    // The button is let go again, and settles.
    const settled = line.clock.nowUs + 500_000;
    await line.clock.run(() => line.clock.nowUs > settled);
    return said();
  }

  SENT.forEach((flags, i) =>
    it(`sets a unit up by ${flags}, and says how far it is`, async () => {
      const unit = line.makeUnit(i + 1, GOOD);
      const joins = (): boolean => unit.steps.some((step) => step.charAt(2) === "J");
      line.seat(unit);
      await line.clock.run(() => unit.lines.length > 0);
      const events = await press((said) => joins() && said.at(-1) === "sent");
      unit.light.source = undefined;
      assert.ok(joins(), unit.lines.join("\n"));
      assert.deepEqual([events[0], events.at(-1)], ["asking", "sent"]);
      assert.ok(events.filter((event) => event === "sending").length > 3, events.join());
    }),
  );

  for (const [args, code] of REFUSED)
    it(`refuses ${args.slice(0, 60)} with ${code}`, async () => {
      assert.deepEqual(await press((said) => said.length > 0), [`refused ${code}`]);
    });
});
