// SPDX-License-Identifier: Apache-2.0
// lightline image: what lies where in the file, what its hashes say, what is refused, and that a board starts from it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { loadBoard } from "../../bench/build/boards.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import { runCommand } from "../tools/run-command.js";
import { espImage, partitionTable, writeArchive } from "./espruino-archive.js";

const BOARD = "esp32-devkitc";
const PAGE_BYTES = 4096;

interface Made {
  readonly sha256: string;
  readonly bytes: number;
  readonly parts: readonly { address: string; name: string; bytes: number; sha256: string }[];
  readonly stages: readonly { name: string; bytes: number; sha256: string }[];
  readonly commands: readonly string[];
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("lightline image", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-image-"));
  const { chip } = loadBoard(BOARD);
  after(() => rmSync(dir, { recursive: true, force: true }));

  const image = (...options: string[]) => runCommand("image", BOARD, ...options);

  describe("for a board", () => {
    const file = join(dir, "board.bin");
    let made: Made;
    let bytes: Buffer;

    before(async () => {
      const ended = await image("--firmware", writeArchive(join(dir, "archive"), chip), "--out", file, "--json");
      assert.equal(ended.code, 0, ended.err);
      made = JSON.parse(ended.out) as Made;
      bytes = readFileSync(file);
    });

    it("has each part at its place and nothing anywhere else, as its hashes say", () => {
      const places = { ...chip.partitions, raw: chip.rawFlash } as { [name: string]: { address: string } };
      const rest = Buffer.from(bytes);
      assert.deepEqual(
        made.parts.map(({ name }) => name),
        ["bootloader", "partitions", "nvs", "firmware", "raw", "storage"],
      );
      for (const { name, address, bytes: length, sha256: hash } of made.parts) {
        const place = places[name === "firmware" ? "factory" : name];
        if (place) assert.equal(Number(address), Number(place.address), name);
        const at = Number(address);
        assert.equal(sha256(bytes.subarray(at, at + length)), hash, name);
        rest.fill(0xff, at, at + length);
      }
      assert.ok(rest.every((byte) => byte === 0xff));
      assert.deepEqual([sha256(bytes), bytes.length], [made.sha256, made.bytes]);
      assert.deepEqual({ file, ...(JSON.parse(readFileSync(`${file}.json`, "utf8")) as Made) }, { file, ...made });
    });

    it("leaves the raw region blank: it is nobody's board", () => {
      const at = Number(chip.rawFlash.address);
      assert.ok(bytes.subarray(at, at + chip.rawFlash.bytes).every((byte) => byte === 0xff));
    });

    it("holds the stages, with the boot file last at a page's end, and a board starts from them", async () => {
      const storage = bytes.subarray(Number(chip.partitions.storage.address));
      assert.equal(storage.length % PAGE_BYTES, 0);
      const files = readStorage(storage);
      assert.deepEqual(Object.keys(files), [
        "ll.receive",
        "ll.dut",
        "ll.fixture",
        "ll.application",
        "ll.pad",
        ".bootcde",
      ]);
      for (const { name, bytes: length, sha256: hash } of made.stages) {
        const data = Buffer.from(files[name]!, "latin1");
        assert.deepEqual([data.length, sha256(data)], [length, hash], name);
      }
      const clock = new VirtualClock();
      const world = { clock, network: new Network(clock), radio: new Radio(clock), board: loadBoard(BOARD) };
      const unit = new BenchUnit({ ...world, firmware: files }, { mac: "30aea4001122", seed: 1, analog: new Map() });
      unit.board.powerOn();
      await clock.run(() => unit.ledPattern !== "");
      assert.equal(unit.ledPattern, "AA--");
    });

    it("switches Bluetooth off, as Espruino's switch is kept", () => {
      const page = bytes.subarray(Number(chip.partitions.nvs.address));
      assert.equal(page.readUInt32LE(28), crc32(page.subarray(4, 28), 0xffffffff));
      const [space, status] = [page.subarray(64, 96), page.subarray(96, 128)];
      for (const entry of [space, status])
        assert.equal(
          entry.readUInt32LE(4),
          crc32(Buffer.concat([entry.subarray(0, 4), entry.subarray(8)]), 0xffffffff),
        );
      assert.equal(status.readUInt32LE(24), 0);
      assert.match(status.toString("latin1", 8, 24), /^bleStatus\0+$/);
    });

    it("is made again, byte for byte, from itself as the firmware", async () => {
      const again = join(dir, "again.bin");
      const ended = await image("--firmware", file, "--out", again, "--json");
      assert.equal(ended.code, 0, ended.err);
      assert.equal(sha256(readFileSync(again)), made.sha256);
    });

    it("is not written over without --force", async () => {
      const ended = await image("--firmware", file, "--out", file);
      assert.deepEqual([ended.code, ended.err.split(":")[0]], [2, "FILE_EXISTS"]);
    });
  });

  for (const [what, spoil, said] of [
    ["no image", (folder) => writeFileSync(join(folder, "espruino_esp32.bin"), "<html>"), /no image for an ESP32/],
    [
      "another chip's",
      (folder) => writeFileSync(join(folder, "espruino_esp32.bin"), espImage(5, " 2v29 (c)")),
      /for another chip/,
    ],
    [
      "an old version",
      (folder) => writeFileSync(join(folder, "espruino_esp32.bin"), espImage(0, " 2v19 (c)")),
      /Espruino 2v19; take 2v27, 2v28, 2v29/,
    ],
    [
      "no version",
      (folder) => writeFileSync(join(folder, "espruino_esp32.bin"), espImage(0, "")),
      /of no version that can be seen/,
    ],
    [
      "Storage of the old size",
      (folder) => writeFileSync(join(folder, "partitions_espruino.bin"), partitionTable([[0x320000, 0x40000]])),
      /no Storage of 896 kB/,
    ],
    ["half an archive", (folder) => rmSync(join(folder, "bootloader.bin")), /bootloader\.bin is missing beside it/],
    ["nothing at all", (folder) => rmSync(folder, { recursive: true }), /cannot be read/],
    [
      "too large a build",
      (folder) => writeFileSync(join(folder, "espruino_esp32.bin"), espImage(0, " 2v29 (c)", 1572868)),
      /the chip's partition 1572864/,
    ],
  ] as [string, (folder: string) => void, RegExp][])
    it(`refuses ${what}, and writes nothing`, async () => {
      const folder = join(dir, what.replaceAll(" ", "-"));
      mkdirSync(folder);
      const firmware = writeArchive(folder, chip);
      spoil(folder);
      const out = join(dir, "refused.bin");
      const ended = await image("--firmware", firmware, "--out", out);
      assert.equal(ended.code, 2);
      assert.match(ended.err, /^FIRMWARE_INVALID: /);
      assert.match(ended.err, said);
      assert.ok(!existsSync(out) && !existsSync(`${out}.json`));
    });
});

/** Espruino's own walk: a size, a name, the data; an erased size ends it. */
function readStorage(storage: Buffer): { [name: string]: string } {
  const files: { [name: string]: string } = {};
  for (let at = 0; at < storage.length && storage.readUInt32LE(at) !== 0xffffffff;) {
    const size = storage.readUInt32LE(at);
    const name = storage.toString("latin1", at + 4, at + 32).replace(/\0.*$/, "");
    files[name] = storage.toString("latin1", at + 32, at + 32 + size);
    at += 32 + ((size + 3) & ~3);
  }
  return files;
}
