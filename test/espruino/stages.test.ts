// SPDX-License-Identifier: Apache-2.0
// Each stage alone in a real Espruino: every vector through receive, one as edges, and a fixture whose light is read back.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Board, Region } from "../../bench/build/boards.js";
import { loadBoard } from "../../bench/build/boards.js";
import { buildStages } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import type { Capture } from "../../bench/capture-file.js";
import { readCapture } from "../../bench/capture-file.js";
import { receiveEntries } from "../../bench/decode.js";
import { provisionFixture } from "../../bench/line/provision.js";
import { EntryType, findEntry, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, LogName, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { makeRealBoard, marked } from "../lanes/real-lane.js";
import { password, ssid, startScenarioServer } from "../lanes/scenario.js";

const PRODUCT = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const VECTORS = new URL("../vectors/blinkup/", import.meta.url).pathname;
const binary = process.env.ESPRUINO_BIN ?? "";
const DEADLINE_MS = 120_000;
const SENSOR_HZ = 600;

describe("the stages in a real Espruino", function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-real-"));
  const product = loadProduct(PRODUCT);
  const board = loadBoard(product.board);
  const edgeBoard = loadBoard("virtual-edges");
  let files: { [name: string]: string };
  let edgeFiles: { [name: string]: string };

  before(async function () {
    if (!binary) this.skip();
    const boards = [board.name, edgeBoard.name];
    const build = await buildStages({ boards, product: PRODUCT, outDir: join(dir, "dist") });
    files = storageFiles(build, board.name);
    edgeFiles = storageFiles(build, edgeBoard.name);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const region = (flash: NorFlash, { address, bytes }: Region) =>
    openFlashRegion(flash, Number(address), bytes / board.chip.rawFlash.pageBytes);

  /** Shows light until the line comes, or the light is over; gives what was stored. */
  async function show(light: Capture, folder: string, on: Board, storage: typeof files, until: RegExp) {
    const real = makeRealBoard(binary, join(dir, folder), storage, on, { light });
    await real.run((line) => until.test(line) || line === "@dark", DEADLINE_MS);
    const flash = new NorFlash(Number(on.chip.rawFlash.address), real.flash());
    const entries = new RecordLog(region(flash, on.flash.settings), digest, LogName.Settings)
      .read(SETTINGS_KIND)
      ?.subarray(1);
    return { real, entries: entries && Buffer.from(entries) };
  }

  for (const name of readdirSync(VECTORS)) {
    const { expect } = JSON.parse(readFileSync(VECTORS + name, "utf8")) as { expect: { status: string; clear?: true } };
    const stores = expect.status === "complete" && !expect.clear;
    it(`${stores ? "stores" : "does not store"} ${name}`, async () => {
      const light = readCapture(VECTORS + name);
      const { real, entries } = await show(light, name, board, files, /^~.sJr$/);
      const expected = stores ? (receiveEntries(light) as Uint8Array) : undefined;
      assert.deepEqual(entries, expected && Buffer.from(expected));
      if (expect.clear) assert.ok(real.lines.includes("~RcUc"));
      if (expect.status === "bad-check") assert.ok(real.lines.includes("~RbUx"));
    });
  }

  it("stores bi-level.json by the edges of a comparator", async () => {
    const light = readCapture(VECTORS + "bi-level.json");
    const { real, entries } = await show(light, "edges", edgeBoard, edgeFiles, /^@memory leaving/);
    assert.deepEqual(entries, Buffer.from(receiveEntries(light) as Uint8Array));
    console.log(
      `      variables of receive by edges: ${marked(real, "@memory ").join(", ")}; ${marked(real, "@prelude")[0]} is the prelude's`,
    );
  });

  const deviceKey = new Uint8Array(32).fill(7);
  const shipped = (startsIn?: string): Uint8Array => {
    const flash = NorFlash.blank(Number(board.chip.rawFlash.address), board.chip.rawFlash.bytes);
    const identity = new RecordLog(region(flash, board.flash.identity), digest, LogName.Identity);
    const record = new Uint8Array(1);
    identity.write(IdentityKind.Blessing, packBlessing(deviceKey, record, new Uint8Array(64), record));
    identity.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Proved));
    if (startsIn) identity.write(IdentityKind.Boot, Uint8Array.of(0, 0, 0, 1, 0, startsIn.charCodeAt(0)));
    return flash.bytes;
  };

  it("goes on as the application when a shipped unit is lit again", async () => {
    const light = readCapture(VECTORS + "bi-level.json");
    const real = makeRealBoard(binary, join(dir, "relit"), files, board, { light, flash: shipped("r") });
    await real.run((line) => line === "~app", DEADLINE_MS);
    assert.equal(real.starts, 1);
    assert.deepEqual(
      real.lines.filter((line) => line.startsWith("uncaught")),
      [],
    );
  });

  describe("at the console", () => {
    const TYPED = '\nprint("@typed " + 6 * 7)\n';
    const SILENCE_MS = 6000;
    const answers = async (name: string, flash: Uint8Array | undefined, typed: string): Promise<boolean> => {
      const real = makeRealBoard(binary, join(dir, name), files, board, { ...(flash ? { flash } : {}), typed });
      await real.run((line) => line === "@typed 42", SILENCE_MS).catch(() => undefined);
      return real.lines.includes("@typed 42");
    };

    it("answers whoever types while it is on the bench", async () =>
      assert.equal(await answers("bench", undefined, TYPED), true));
    it("answers nobody once it has left the factory", async () =>
      assert.equal(await answers("shipped", shipped(), TYPED), false));
    it("answers then by the password that its key gives", async () => {
      const password = createHmac("sha256", deviceKey)
        .update(Uint8Array.of(12, 0, 0, 0, 1))
        .digest("hex")
        .slice(0, 20);
      assert.equal(await answers("returned", shipped(), `\n${password}${TYPED}`), true);
    });
  });

  it("lights the factory's network and a fresh token from the fixture", async () => {
    const scenario = await startScenarioServer(product);
    try {
      const { admin } = scenario.server;
      const network = new Uint8Array(255);
      const end = putEntry(
        network,
        putEntry(network, 0, EntryType.Ssid, asciiBytes(ssid)),
        EntryType.Password,
        asciiBytes(password),
      );
      await admin.setFactoryNetwork(product.name, network.slice(0, end));
      const flash = NorFlash.blank(Number(board.chip.rawFlash.address), board.chip.rawFlash.bytes);
      const names = { ssid: asciiBytes(ssid), password: asciiBytes(password) };
      const identity = { ...(await admin.addFixture(product.name)), ...names };
      provisionFixture(region(flash, board.flash.settings), region(flash, board.flash.identity), digest, identity);
      const world = { port: scenario.port, pressMs: 1000 };
      const real = makeRealBoard(binary, join(dir, "fixture"), files, board, { flash: flash.bytes, world });
      await real.run((line) => line === "~LtIi", DEADLINE_MS);
      const steps = marked(real, "~").filter((line) => !line.startsWith("led "));
      assert.equal(steps.join(" "), "UaIi IpTr TgFf FdLl LtIi");
      const entries = receiveEntries(lightOf(marked(real, "@lit ")));
      assert.ok(entries instanceof Uint8Array, `the receiver says ${String(entries)}`);
      const entry = (type: EntryType) => Buffer.from(findEntry(entries, entries.length, type)!);
      assert.equal(entry(EntryType.Ssid).toString("latin1"), ssid);
      assert.equal(entry(EntryType.Password).toString("latin1"), password);
      assert.equal(entry(EntryType.Enrolment).length, 16);
      console.log(
        `      variables of the fixture: ${marked(real, "@memory ").join(", ")}; ${marked(real, "@prelude").join()} is the prelude's`,
      );
    } finally {
      await scenario.close();
    }
  });
});

/** What a sensor sees of an LED that takes each level at its time, with half a second of dark before and after. */
function lightOf(changes: readonly string[]): Capture {
  const samples: number[] = [];
  const [, firstMs] = changes[0]!.split(" ").map(Number) as [number, number];
  let level = 0;
  for (const change of [...changes, `0 ${Infinity}`]) {
    const [next, ms] = change.split(" ").map(Number) as [number, number];
    const end = ms === Infinity ? samples.length + SENSOR_HZ : ((ms - firstMs) / 1000 + 0.5) * SENSOR_HZ;
    while (samples.length < end) samples.push(level ? 200 : 20);
    level = next;
  }
  return { file: "", sampleHz: SENSOR_HZ, samples: Uint8Array.from(samples) };
}
