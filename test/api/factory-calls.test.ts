// SPDX-License-Identifier: Apache-2.0
// What the factory alone may set, and what it does to the starts that follow; and when an application hears light.
import assert from "node:assert/strict";
import { firmwareBoard, loadBoard } from "../../bench/build/boards.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { DutImp } from "../../firmware/api/dut-imp.js";
import type { Globals } from "../../firmware/api/globals.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { startApplication } from "../../firmware/roles/application.js";
import { bootStage } from "../../firmware/roles/boot.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, LogName, Origin, SETTINGS_KIND, settingsBody, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import type { WholeBoard } from "../../hal/sim/board.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import { PRODUCT } from "../tools/test-server.js";

const BOARD = loadBoard("virtual");
const { identity, settings, pins, rescue } = firmwareBoard(BOARD);
const PRODUCT_DATA = {
  ...PRODUCT,
  serverUrl: "http://factory.test",
  wipe: "auto" as const,
  wipeOnFail: true,
  stageHash: "0".repeat(16),
};
const US = 0x00005355;
const EUROPE = 0x00004247;

interface ApplicationGlobals {
  readonly imp: { enableblinkup(enabled: boolean): void };
  readonly server: { connect(callback: (reason: number) => void, timeoutS?: number): void };
}

/** One board whose starts run what the test says. */
class Bench {
  readonly clock = new VirtualClock();
  readonly radio = new Radio(this.clock);
  readonly stages: string[] = [];
  readonly refusals: string[] = [];
  script: (globals: ApplicationGlobals) => void = () => undefined;
  private call: ((imp: DutImp) => void) | undefined;
  private readonly unit: BenchUnit;

  constructor() {
    const world = { clock: this.clock, network: new Network(this.clock), radio: this.radio, board: BOARD };
    const firmware = (hal: WholeBoard): void => this.run(hal);
    this.unit = new BenchUnit({ ...world, firmware }, { mac: "30aea4001122", seed: 1, analog: new Map() });
  }

  get lines(): readonly string[] {
    return this.unit.lines;
  }

  get ledPatterns(): readonly string[] {
    return this.unit.ledPatterns;
  }

  log(name: LogName): RecordLog {
    const { address, pages } = name === LogName.Identity ? identity : settings;
    return new RecordLog(openFlashRegion(this.unit.flash, address, pages), digest, name);
  }

  /** What a DUT's script calls. */
  dut(call: (imp: DutImp) => void): void {
    this.call = call;
    this.start();
    this.call = undefined;
    this.unit.board.powerOff();
  }

  /** Shipped, with its owner's network. */
  ship(): void {
    const entries = new Uint8Array(255);
    let end = putEntry(entries, 0, EntryType.Ssid, asciiBytes("home"));
    end = putEntry(entries, end, EntryType.Password, asciiBytes("blue kettle"));
    end = putEntry(entries, end, EntryType.Enrolment, new Uint8Array(16).fill(5));
    this.log(LogName.Settings).write(SETTINGS_KIND, settingsBody(Origin.Production, entries.subarray(0, end)));
    const log = this.log(LogName.Identity);
    const blessing = packBlessing(new Uint8Array(32), Uint8Array.of(65), new Uint8Array(64), Uint8Array.of(1));
    log.write(IdentityKind.Blessing, blessing);
    log.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Proved));
  }

  start(): void {
    this.unit.board.powerOn();
  }

  hold(gpio: number, level: boolean): void {
    this.unit.board.drive(gpio, level);
  }

  async pass(ms: number): Promise<void> {
    const endUs = this.clock.nowUs + ms * 1000;
    this.clock.after(ms * 1000, () => undefined);
    await this.clock.run(() => this.clock.nowUs >= endUs);
  }

  private run(hal: WholeBoard): void {
    if (this.call) {
      const logs = [this.log(LogName.Settings), this.log(LogName.Identity)] as const;
      this.call(
        new DutImp(
          hal,
          logs[0],
          () => undefined,
          logs[1],
          (line) => this.refusals.push(line),
        ),
      );
      return;
    }
    const stage = bootStage(hal);
    this.stages.push(stage);
    if (stage === "a")
      startApplication(hal, PRODUCT_DATA, (globals: Globals) => this.script(globals as unknown as ApplicationGlobals));
  }
}

describe("imp.setcountry", () => {
  const joins = async (country: number, channel: number): Promise<boolean> => {
    const bench = new Bench();
    bench.dut((imp) => imp.setcountry(country));
    bench.ship();
    bench.radio.accessPoints.push({ ssid: "home", password: "blue kettle", channel });
    bench.start();
    await bench.pass(20_000);
    return !bench.lines.some((line) => line.startsWith("COUNTRY_CHANNEL"));
  };

  it("keeps a unit off the channels that its country does not have, after the blessing", async () => {
    assert.equal(await joins(US, 11), true);
    assert.equal(await joins(US, 12), false);
    assert.equal(await joins(EUROPE, 13), true);
  });

  it("refuses what is no region, and keeps nothing", () => {
    const bench = new Bench();
    bench.dut((imp) => imp.setcountry(7));
    assert.match(bench.refusals.join(), /^COUNTRY_UNKNOWN: /);
    assert.equal(bench.log(LogName.Identity).read(IdentityKind.Country), undefined);
  });
});

describe("imp.setrescuepin and imp.enablerescuepin", () => {
  const stageWith = (call: (imp: DutImp) => void, gpio: number, level: boolean): string => {
    const bench = new Bench();
    bench.dut(call);
    bench.ship();
    bench.hold(gpio, level);
    bench.start();
    return bench.stages.join();
  };
  const pinC = { gpio: pins.pinC as number };

  it("start the receiver while the script's pin is held, at either level, and not the board's", () => {
    assert.equal(
      stageWith((imp) => imp.setrescuepin(pinC, 1), pinC.gpio, true),
      "r",
    );
    assert.equal(
      stageWith((imp) => imp.setrescuepin(pinC, 1), pinC.gpio, false),
      "a",
    );
    assert.equal(
      stageWith((imp) => imp.setrescuepin(pinC, 0), pinC.gpio, false),
      "r",
    );
    assert.equal(
      stageWith((imp) => imp.setrescuepin(pinC, 1), rescue, false),
      "a",
    );
  });

  it("leave it to the board's own pin, or to none", () => {
    assert.equal(
      stageWith(() => undefined, rescue, false),
      "r",
    );
    assert.equal(
      stageWith((imp) => imp.enablerescuepin(false), rescue, false),
      "a",
    );
    const andBack = (imp: DutImp): void => {
      imp.setrescuepin(pinC, 1);
      imp.setrescuepin(null, 1);
    };
    assert.equal(stageWith(andBack, rescue, false), "r");
  });

  it("refuse a pin that scripts do not have, and a polarity that is none", () => {
    const bench = new Bench();
    bench.dut((imp) => {
      imp.setrescuepin({ gpio: 99 }, 1);
      imp.setrescuepin(pinC, 2);
    });
    assert.equal(bench.refusals.filter((line) => line.startsWith("RESCUE_PIN: ")).length, 2);
    assert.equal(bench.log(LogName.Identity).read(IdentityKind.Rescue), undefined);
  });
});

describe("imp.setnvramimage", () => {
  it("says that Espruino has no way to do it", () => {
    const bench = new Bench();
    bench.dut((imp) => imp.setnvramimage());
    assert.match(bench.refusals.join(), /^NVRAM_UNSUPPORTED: /);
  });
});

describe("an application", () => {
  it("gives the receiver its window when the script enables BlinkUp, and once a minute at most", async () => {
    const bench = new Bench();
    bench.ship();
    bench.script = ({ imp }) => imp.enableblinkup(true);
    bench.start();
    await bench.pass(5000);
    assert.deepEqual(bench.stages, ["a", "r"]);
  });

  it("shows nothing and hears no light when the script disables it", async () => {
    const bench = new Bench();
    bench.ship();
    bench.script = ({ imp }) => imp.enableblinkup(false);
    bench.start();
    await bench.pass(5000);
    assert.deepEqual(bench.stages, ["a"]);
    assert.equal(bench.ledPatterns.at(-1), "-");
  });

  it("is told by server.connect why there is no connection, at its own deadline", async () => {
    const bench = new Bench();
    bench.ship();
    const reasons: number[] = [];
    bench.script = ({ server }) => server.connect((reason) => reasons.push(reason), 2);
    bench.start();
    await bench.pass(3000);
    assert.deepEqual(reasons, [1]);
  });
});
