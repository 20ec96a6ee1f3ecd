// SPDX-License-Identifier: Apache-2.0
// One wrong bit in each message of a whole life, through the firmware that ships and the real server over the network's model: the
// unit still ends as it should, with one serial number.
import assert from "node:assert/strict";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { loadProduct } from "../../bench/build/product.js";
import { inProcessFirmware } from "../../bench/line/in-process.js";
import { Random } from "../../bench/line/random.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import { PhaseOutcome, Tag } from "../../firmware/core/protocol/codes.js";
import type { Firmware } from "../../hal/sim/board.js";
import type { HttpEvents, Network } from "../../hal/sim/models/network.js";
import { flipped } from "./bits.js";
import type { Scenario } from "./family.js";
import { familyOf } from "./family.js";

const PRODUCT = new URL("../../examples/hello-sensor", import.meta.url).pathname;
const BOARD = "virtual";
const STAGE = { stageHash: "1122334455667788" };
/** Called in this process, the firmware takes from its build no more than the hashes that its stages say. */
const BUILD = { [BOARD]: { dut: STAGE, fixture: STAGE, application: STAGE } } as unknown as BuildResult;
const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };
const SAGGING = { ...GOOD, pinA: 2.6 / 2 / 3.6 };
const PATH = "/v1/messages/";
const DEADLINE_US = 900e6;

type Way = "up" | "down";

/** Flips one bit of the first message of a type, once; of the first whose first field is this one, where a type has two senders. */
class Tamperer {
  hits = 0;

  constructor(
    network: Network,
    private readonly type: string,
    private readonly firstField: Tag | 0,
    private readonly way: Way,
    private readonly random: Random,
  ) {
    const post = network.post.bind(network);
    network.post = (host, port, path, body, headers, events) => {
      if (this.hits || !this.isIts(path, body)) post(host, port, path, body, headers, events);
      else if (this.way === "up") post(host, port, path, this.flip(body), headers, events);
      else post(host, port, path, body, headers, this.flipping(events));
    };
  }

  private isIts(path: string, body: Buffer): boolean {
    return path === PATH + this.type && (!this.firstField || body[2] === this.firstField);
  }

  private flip(bytes: Buffer): Buffer {
    this.hits++;
    return Buffer.from(flipped(bytes, this.random.next() % (bytes.length * 8)));
  }

  private flipping(events: HttpEvents): HttpEvents {
    return {
      answered: (status, headers) => events.answered(status, headers),
      data: (piece) => events.data(this.flip(piece)),
      closed: () => events.closed(),
      failed: (code) => events.failed(code),
    };
  }
}

let firmware: Promise<Firmware> | undefined;

async function runLife(type: string, firstField: Tag | 0, way: Way, faulty: boolean, seed: number): Promise<void> {
  const product = loadProduct(PRODUCT);
  firmware ??= inProcessFirmware(loadBoard(BOARD), product, BUILD);
  const line = new VirtualLine({
    product,
    build: BUILD,
    board: BOARD,
    seed,
    firmware: await firmware,
    dataDir: undefined,
  });
  const tamperer = new Tamperer(line.network, type, firstField, way, new Random(seed));
  try {
    await line.start();
    const unit = line.makeUnit(1, faulty ? SAGGING : GOOD);
    line.seat(unit);
    line.clock.after(500_000, () => line.press());
    const ended = (): boolean => unit.lastStep === (faulty ? "FpFf" : "app");
    await line.clock.run(() => ended() || line.clock.nowUs > DEADLINE_US);
    assert.equal(tamperer.hits, 1, "the message went by");
    const [view, ...others] = await line.server!.admin.units();
    assert.deepEqual(
      [view?.state, view?.serial, others.length],
      faulty ? ["failed", null, 0] : ["shippable", "HS-000001", 0],
    );
    const runs = await line.server!.admin.runs(unit.deviceId);
    assert.equal(runs.length, 1);
    assert.equal(
      runs[0]!.attempts.some(({ outcome }) => outcome !== PhaseOutcome.Pass),
      faulty,
    );
    assert.equal(ended(), true, `it stopped at ${unit.lastStep}`);
  } finally {
    await line.close();
  }
}

/** As the scenes of a life are named: the request's type, its first field, whether of a unit that fails. */
const MESSAGES: readonly (readonly [name: string, type: string, firstField: Tag | 0, faulty: boolean])[] = [
  ["13f", "13", Tag.FixtureId, false],
  ["1", "1", 0, false],
  ["3", "3", 0, false],
  ["13", "13", Tag.SessionId, false],
  ["5", "5", 0, false],
  ["7", "7", 0, false],
  ["9", "9", 0, false],
  ["11", "11", 0, false],
  ["7s", "7", 0, true],
  ["11s", "11", 0, true],
];

export const line = familyOf(
  "line",
  MESSAGES.flatMap(([name, type, firstField, faulty]) =>
    (["up", "down"] as const).map((way): Scenario => ({
      name: `${name}:${way}`,
      run: (seed) => runLife(type, firstField, way, faulty, seed),
    })),
  ),
);
