// SPDX-License-Identifier: Apache-2.0
// Lane 3 against lane 2: a real Espruino does what the emulator does, step for step and byte for byte.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStages } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import type { VirtualRun } from "../lanes/virtual-lane.js";
import { runVirtualLane } from "../lanes/virtual-lane.js";
import type { RealRun } from "../lanes/real-lane.js";
import { runRealLane } from "../lanes/real-lane.js";
import { DEVICE_ID, startScenarioServer } from "../lanes/scenario.js";

const PRODUCT = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const binary = process.env.ESPRUINO_BIN;

/** Variables, by docs/adr/0006. */
const MOST = { receive: 1900, joined: 1500, dut: 2350, application: 1400 };

describe("one life in a real Espruino", function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-real-"));
  let emulated: VirtualRun;
  let real: RealRun;
  let state: string | undefined;
  let seconds = 0;

  before(async function () {
    if (!binary) {
      console.log("SKIPPED: the real interpreter's lane did not run; set ESPRUINO_BIN to a Linux build of Espruino.");
      this.skip();
    }
    const product = loadProduct(PRODUCT);
    const build = await buildStages({ boards: ["virtual"], product: PRODUCT, outDir: join(dir, "dist") });
    const files = storageFiles(build, "virtual");
    const first = await startScenarioServer(product);
    emulated = await runVirtualLane(files, product, first);
    await first.close();
    const second = await startScenarioServer(product);
    const started = performance.now();
    real = await runRealLane(binary, join(dir, "board"), files, product, second);
    seconds = (performance.now() - started) / 1000;
    state = (await second.server.admin.units()).find((unit) => unit.deviceId === DEVICE_ID)?.state;
    await second.close();
  });
  after(() => {
    if (real) console.log(costs(real, seconds));
    rmSync(dir, { recursive: true, force: true });
  });

  it("ends shippable", () => assert.equal(state, "shippable"));
  it("takes the same steps", () => assert.deepEqual(real.lists.steps, emulated.lists.steps));
  it("shows the same LED patterns", () => assert.deepEqual(real.lists.ledPatterns, emulated.lists.ledPatterns));
  it("does the same to flash", () => assert.deepEqual(real.lists.flash, emulated.lists.flash));
  it("sends and gets the same bytes", () => assert.deepEqual(real.lists.messages, emulated.lists.messages));
  it("holds no more variables than a stage may", () => {
    const weighed = weights(real);
    const joined = weighed.findIndex(({ what }) => what === "joined");
    const inDut = weighed.slice(joined, -1).map(({ variables }) => variables);
    assert.ok(weighed[0]!.variables <= MOST.receive, "receive");
    assert.ok(inDut[0]! <= MOST.joined, "dut, joined");
    assert.ok(Math.max(...inDut) <= MOST.dut, "dut, at its peak");
    assert.ok(weighed.at(-1)!.variables <= MOST.application, "application");
  });
  it("leaves the same flash behind", () =>
    assert.ok(Buffer.from(emulated.flash).equals(real.board.flash().subarray(0, emulated.flash.length))));
});

interface Weight {
  readonly what: string;
  readonly variables: number;
  readonly collectionMs: number;
}

/** Variables by what the board was at, less the prelude's. */
function weights({ board }: RealRun): Weight[] {
  const prelude = Number(board.lines.find((line) => line.startsWith("@prelude"))?.split(" ")[1]);
  return board.lines
    .filter((line) => line.startsWith("@memory"))
    .map((line) => line.split(" "))
    .map(([, what, variables, collectionMs]) => ({
      what: what!,
      variables: Number(variables) - prelude,
      collectionMs: Number(collectionMs),
    }));
}

function costs(run: RealRun, seconds: number): string {
  const weighed = weights(run);
  const pauseMs = Math.max(...weighed.map(({ collectionMs }) => collectionMs));
  const texts = weighed.map(({ what, variables }) => `${what} ${variables}`);
  return `variables: ${texts.join(", ")}; a garbage collection took ${pauseMs.toFixed(2)} ms at most, prelude included; the life took ${seconds.toFixed(1)} s`;
}
