// SPDX-License-Identifier: Apache-2.0
// A board whose cable comes off, or whose power goes, anywhere in the middle: it starts old stages, new ones or none, and the next run
// finishes.
import assert from "node:assert/strict";
import { Random } from "../../bench/line/random.js";
import type { ConsoleBoard } from "../../emulator/console-board.js";
import type { Files } from "./flash-bench.js";
import { buildFiles, flash, otherVersion, startBoard, stored, without } from "./flash-bench.js";

const SPREAD = 12;
const SEED = Number(process.env.SEED ?? 1);
const SEEDED = 8;
const AT_ONCE = 5;
/** What lightline flash writes at once. */
const PIECE_BYTES = 192;
const LED = /^~led /;

const hasStagesOf = (found: Files, build: Files, what: string): void =>
  assert.deepEqual(without(found, ".bootcde"), without(build, ".bootcde"), what);

describe("lightline flash, interrupted", function () {
  this.timeout(60_000);
  let files: Files;
  let old: Files;
  before(async () => {
    files = await buildFiles();
    old = otherVersion(files);
  });

  /** What runs is one build, wholly; or nothing does. */
  const startsOneBuild = (fake: ConsoleBoard, what: string): void => {
    const found = stored(fake);
    const boot = found[".bootcde"];
    const before = fake.said.length;
    fake.powerCycle();
    const runs = fake.said.slice(before).some((line) => LED.test(line));
    if (boot !== undefined) hasStagesOf(found, boot === old[".bootcde"] ? old : files, what);
    assert.equal(runs, boot === old[".bootcde"] || boot === files[".bootcde"], what);
  };

  const tried = async (cutAt: number, storage: Files): Promise<void> => {
    const what = `cut after ${cutAt} bytes: SEED=${SEED} npx mocha --no-config --import=tsx test/flash/interrupted.test.ts`;
    const fake = await startBoard({ storage });
    try {
      fake.cutAfter(cutAt);
      await assert.rejects(flash(fake, files), { code: "BOARD_LOST" }, what);
      // The cable alone, or the power with it.
      if (cutAt % 2) startsOneBuild(fake, what);
      assert.equal((await flash(fake, files)).greeting, "~led AA--", what);
      assert.deepEqual(stored(fake), files, what);
    } finally {
      fake.close();
    }
  };

  const allOf = async (cuts: readonly number[], storage: Files): Promise<void> => {
    for (let at = 0; at < cuts.length; at += AT_ONCE)
      await Promise.all(cuts.slice(at, at + AT_ONCE).map((cut) => tried(cut, storage)));
  };

  const bytesOf = async (storage: Files): Promise<number> => {
    const fake = await startBoard({ storage });
    await flash(fake, files);
    fake.close();
    return fake.bytesHeard;
  };

  for (const [what, make] of [
    ["blank", () => ({})],
    ["with another version", () => old],
  ] as const)
    it(`a board (${what}) cut after so many bytes`, async () => {
      const all = await bytesOf(make());
      const random = new Random(SEED);
      const spread = Array.from({ length: SPREAD }, (_, i) => Math.floor(((i + 0.5) / SPREAD) * all) | 1);
      const seeded = Array.from({ length: SEEDED }, () => 200 + (random.next() % (all - 300)));
      // The end, where the boot file is written.
      const last = [all - 8000, all - 5000, all - 3001, all - 1001, all - 201];
      await allOf([...spread, ...seeded, ...last], make());
    });

  it("a board whose power goes at each change of its Storage", async () => {
    const short: Files = Object.fromEntries(Object.keys(files).map((name) => [name, `${name} `.repeat(25)]));
    const boot = 'var __boot=0;print("~led AA--")';
    const fresh: Files = { ...short, ".bootcde": boot };
    const before = otherVersion(fresh);
    const cutAtChange = async (number: number): Promise<boolean> => {
      const fake = await startBoard({ storage: before });
      let changes = 0;
      fake.board.storage.onChange = () => {
        if (++changes !== number) return;
        fake.unplug();
        throw new Error("power went");
      };
      const whole = await flash(fake, fresh).then(
        () => true,
        () => false,
      );
      fake.board.storage.onChange = undefined;
      const found = stored(fake);
      if (".bootcde" in found)
        hasStagesOf(found, found[".bootcde"] === before[".bootcde"] ? before : fresh, `change ${number}`);
      await flash(fake, fresh);
      assert.deepEqual(stored(fake), fresh, `change ${number}`);
      fake.close();
      return whole;
    };
    let cuts = 0;
    for (let whole = false; !whole; cuts += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, i) => cutAtChange(cuts + i + 1));
      whole = (await Promise.all(batch)).includes(true);
    }
    // Five files leave; of four, a header and two pieces; the pad, and the boot file's header and piece.
    assert.ok(cuts >= 5 + 4 * 3 + 2 + 2, `${cuts} cuts`);
  });

  it("a boot file cut short starts no stage, and leaves the cable's console open", async () => {
    const boot = files[".bootcde"] as string;
    const fake = await startBoard({ storage: files });
    const startsStage = (bytes: number): boolean => {
      fake.board.storage.erase(".bootcde");
      fake.board.storage.write(".bootcde", boot.slice(0, bytes) + "\xff".repeat(boot.length - bytes));
      const before = fake.said.length;
      fake.powerCycle();
      return fake.said.slice(before).some((line) => LED.test(line));
    };
    const pieces = Array.from({ length: Math.ceil(boot.length / PIECE_BYTES) }, (_, i) => i * PIECE_BYTES);
    const lastStatement = Array.from({ length: 60 }, (_, i) => boot.length - 2 - i);
    for (const bytes of [...pieces, ...lastStatement]) {
      assert.equal(startsStage(bytes), false, `cut at ${bytes}: a stage ran`);
      assert.equal(fake.board.consoles.serial, true, `cut at ${bytes}: the board cannot be flashed again`);
    }
    assert.ok(startsStage(boot.length), "the whole file does");
    fake.close();
  });
});
