// SPDX-License-Identifier: Apache-2.0
// Every genuine vector, and bursts, through the shipped receive stages: what they store is what the light said, and nothing else.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Board } from "../../bench/build/boards.js";
import { loadBoard } from "../../bench/build/boards.js";
import { storageFiles } from "../../bench/build/storage-files.js";
import type { Capture } from "../../bench/capture-file.js";
import { captureLight, readCapture } from "../../bench/capture-file.js";
import { receiveEntries } from "../../bench/decode.js";
import type { StorageFiles } from "../../bench/line/bench-unit.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { encodeBurstFrame } from "../../firmware/core/modem/burst-frame.js";
import { burstRuns, FIRST_PREAMBLE_PAIRS } from "../../firmware/core/modem/burst.js";
import { buildExample } from "../tools/example-build.js";
import { LogName, SETTINGS_KIND } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const FOLDER = new URL("../vectors/blinkup/", import.meta.url).pathname;
/** Genuine light that three milliseconds of standstill, now and then, must not harm. */
const UNSHAKEN = ["adc-bi-60.json", "adc-tri-60.json", "adc-tri-30-sdk01.json"];

interface Expect {
  readonly status: string;
  readonly clear?: true;
}

interface Sight {
  readonly unit: BenchUnit;
  readonly entries: Uint8Array | undefined;
  /** When they were stored. */
  readonly storedS: number;
}

/** What holds the program up. */
interface Hindrance {
  readonly collectEveryMs?: number;
  /** A second and a half from here. */
  readonly stallAtS?: number;
}

/** Powers a blank unit up in a light, until it has stored something or the light is over. */
async function show(board: Board, files: StorageFiles, capture: Capture, hindrance: Hindrance = {}): Promise<Sight> {
  const { collectEveryMs = 0, stallAtS } = hindrance;
  const clock = new VirtualClock();
  const world = { clock, network: new Network(clock), radio: new Radio(clock), board, firmware: files, collectEveryMs };
  const unit = new BenchUnit(world, { mac: "30aea4001122", seed: 1, analog: new Map() });
  const light = new LightChannel({ ambient: 0, swing: 1 });
  light.source = captureLight(capture, 0);
  unit.board.world.light.set(board.light.pin, light);
  unit.board.powerOn();
  if (stallAtS) clock.after(stallAtS * 1e6, () => unit.board.current?.stall(1.5e6));
  await clock.run(() => /sJ/.test(unit.lastStep) || clock.nowUs > (lengthS(capture) + 1) * 1e6);
  const { address, bytes } = board.flash.settings;
  const log = new RecordLog(openFlashRegion(unit.flash, Number(address), bytes / 4096), digest, LogName.Settings);
  return { unit, entries: log.read(SETTINGS_KIND)?.subarray(1), storedS: clock.nowUs / 1e6 };
}

const lengthS = ({ samples, sampleHz }: Capture): number => samples.length / sampleHz;

/** A burst of these entries after half a second of dark. */
function burst(entries: Uint8Array, unitHz: number): Capture {
  const perUnit = 4;
  const runs = burstRuns(encodeBurstFrame(entries, entries.length, crc32), FIRST_PREAMBLE_PAIRS);
  const samples = [...new Array<number>(perUnit * (unitHz / 2)).fill(0)];
  for (const [i, run] of runs.entries()) samples.push(...new Array<number>(perUnit * run).fill(i % 2 ? 0 : 255));
  return { file: "", sampleHz: perUnit * unitHz, samples: Uint8Array.from(samples) };
}

for (const name of ["virtual", "virtual-edges"])
  describe(`the shipped receive stage of ${name}`, function () {
    this.timeout(60_000);
    const board = loadBoard(name);
    const sees = (waveform: string): boolean => board.light.sensor === "analog" || waveform === "bi-level";
    let files: StorageFiles;
    before(async () => {
      files = storageFiles(await buildExample(name), name);
    });

    for (const file of readdirSync(FOLDER)) {
      const vector = JSON.parse(readFileSync(FOLDER + file, "utf8")) as { waveform: string; expect: Expect };
      const { status, clear } = vector.expect;
      const seen = sees(vector.waveform);
      const stores = seen && status === "complete" && !clear;
      for (const collectEveryMs of UNSHAKEN.includes(file) ? [0, 300] : [0])
        it(`${stores ? "stores" : "does not store"} ${file}${collectEveryMs ? " with collections" : ""}`, async () => {
          const capture = readCapture(FOLDER + file);
          const { unit, entries } = await show(board, files, capture, { collectEveryMs });
          const expected = stores ? (receiveEntries(capture) as Uint8Array) : undefined;
          assert.deepEqual(entries && Buffer.from(entries), expected && Buffer.from(expected));
          if (seen && clear) assert.ok(unit.steps.includes("RcUc"));
          if (seen && status === "bad-check") assert.ok(unit.steps.includes("RbUx"));
        });
    }

    for (const unitHz of board.light.sensor === "analog" ? [60, 120] : [60, 120, 1000, 2000])
      it(`stores a burst of ${unitHz} unit intervals a second, soon after its end`, async () => {
        const sent = new Uint8Array(60);
        let end = putEntry(sent, 0, EntryType.Ssid, Buffer.from("factory"));
        end = putEntry(sent, end, EntryType.Password, Buffer.from("a password of the factory"));
        end = putEntry(sent, end, EntryType.Enrolment, new Uint8Array(16));
        const capture = burst(sent.subarray(0, end), unitHz);
        const { entries, storedS } = await show(board, files, capture);
        assert.deepEqual(Buffer.from(entries ?? []), Buffer.from(sent.subarray(0, end)));
        assert.ok(storedS < lengthS(capture) + 0.25, `${storedS} s for ${lengthS(capture)} s of light`);
      });

    it("says so when it was too slow for the light", async () => {
      const { samples, sampleHz } = burst(new Uint8Array(60).fill(1), board.light.sensor === "analog" ? 120 : 2000);
      const again = Uint8Array.from({ length: 4 * samples.length }, (_, i) => samples[i % samples.length] as number);
      const { unit } = await show(board, files, { file: "", sampleHz, samples: again }, { stallAtS: 0.8 });
      assert.ok(
        unit.lines.some((line) => /^light lost: \d+$/.test(line)),
        unit.lines.join(" "),
      );
    });
  });
