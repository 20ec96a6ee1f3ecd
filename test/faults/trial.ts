// SPDX-License-Identifier: Apache-2.0
// One unit's life with its faults, and an operator who does what operators do: wait, power, light again. Then it is judged.
import { chooseStage } from "../../firmware/core/blessing/choose-stage.js";
import { Pattern } from "../../firmware/core/status/patterns.js";
import { blessingKey } from "../../firmware/store/blessing-record.js";
import { IdentityKind, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import type { UnitChange } from "../../server/conversation/turn.js";
import { sha256 } from "../../server/crypto.js";
import type { Extent, Fault, Mishap, Point } from "./fault.js";
import { formatPoint } from "./fault.js";
import type { Factory } from "./factory.js";
import { PASSWORD, SSID } from "./factory.js";
import type { Needle } from "./residue.js";
import { needlesOf, searchFlash } from "./residue.js";
import type { Slot } from "./unit-firmware.js";
import { unitFirmware } from "./unit-firmware.js";

export interface Outcome {
  readonly point: string;
  /** What is wrong, one sentence each; none when all holds. */
  readonly problems: readonly string[];
  /** Flash operations and messages of the whole life. */
  readonly extent: Extent;
  /** Faults that came to pass. */
  readonly faults: number;
  /** Lights that the unit needed. */
  readonly lights: number;
  /** Flash images searched for what the wipe should have taken. */
  readonly images: number;
}

const LIGHTS = 8;
const POWER_BACK_US = 1_000_000;
/** What an operator waits for a unit that says nothing new. */
const PATIENCE_US = 200_000_000;
/** An operator looks again and again, so time goes on even where nothing is due. */
const LOOK_US = 1_000_000;
const SETTLE_US = 5_000_000;

export async function runTrial(factory: Factory, point: Point): Promise<Outcome> {
  return new Life(factory, point).run();
}

class Life {
  private readonly slot: Slot = { light: undefined, verdicts: [] };
  private readonly unit: BenchUnit;
  private readonly problems = new Set<string>();
  private readonly needles: Needle[] = needlesOf([
    ["SSID", Buffer.from(SSID)],
    ["password", Buffer.from(PASSWORD)],
  ]);
  private readonly waiting: Fault[];
  private came = 0;
  private messages = 0;
  private sinceFault = 0;
  private lights = 0;
  private images = 0;
  /** Of the server's, in the order they came. */
  private readonly states: string[] = [];
  private readonly serials = new Set<string>();

  constructor(
    private readonly factory: Factory,
    private readonly point: Point,
  ) {
    this.waiting = [...point.faults];
    const number = parseInt(sha256(formatPoint(point)).slice(0, 7), 16) + 1;
    this.unit = factory.seat(number, unitFirmware(point.story, this.slot), {
      mishap: () => this.mishap(),
      powerOff: () => this.unit.board.powerOff(),
      onUnitChange: (change) => this.hear(change),
    });
    const { flash } = this.unit;
    const remember = flash.onOperation;
    flash.onOperation = (operation) => {
      remember?.(operation);
      if (this.isShippable) this.search("after a flash operation");
    };
  }

  async run(): Promise<Outcome> {
    this.arm();
    while (!this.hasEnded && this.lights < LIGHTS) {
      await this.light();
      await this.wait();
      this.unit.board.powerOff();
      this.checkFlash();
    }
    await this.judge();
    this.unit.board.powerOff();
    return {
      point: formatPoint(this.point),
      problems: [...this.problems],
      extent: { flash: this.unit.flash.operations, message: this.messages },
      faults: this.came,
      lights: this.lights,
      images: this.images,
    };
  }

  private get isShippable(): boolean {
    return this.states.at(-1) === "shippable";
  }

  /** Shippable and in its application, or failed and wiped. */
  private get hasEnded(): boolean {
    if (this.point.story === "bad") return this.states.at(-1) === "failed" && this.settingsAreBlank;
    return this.isShippable && this.unit.lastStep === "app";
  }

  private get settingsAreBlank(): boolean {
    const { settings } = this.regions();
    return settings.read(0, settings.pageSize * settings.pageCount).every((byte) => byte === 0xff);
  }

  private async light(): Promise<void> {
    const { entries, token } = await this.factory.light();
    this.lights++;
    this.needles.push(...needlesOf([["token", Buffer.from(token)]]));
    this.slot.light = entries;
    this.unit.board.powerOn();
  }

  /** Until it has ended, or says nothing new for longer than an operator waits. Power that went comes back. */
  private async wait(): Promise<void> {
    const { clock } = this.factory;
    const { unit } = this;
    let heard = unit.lines.length;
    let until = clock.nowUs + PATIENCE_US;
    let endedUs = 0;
    const watch = clock.every(LOOK_US, () => undefined);
    await clock.run(() => {
      if (!unit.board.isOn && !this.returning) this.powerReturns();
      if (unit.lines.length !== heard) {
        heard = unit.lines.length;
        until = clock.nowUs + PATIENCE_US;
      }
      if (this.hasEnded) endedUs ||= clock.nowUs;
      return clock.nowUs > until || (endedUs > 0 && clock.nowUs > endedUs + SETTLE_US);
    });
    clock.cancel(watch);
  }

  private returning = false;

  private powerReturns(): void {
    this.returning = true;
    const isRestarting = this.unit.board.starts;
    this.factory.clock.after(POWER_BACK_US, () => {
      this.returning = false;
      if (!this.unit.board.isOn && this.unit.board.starts === isRestarting) {
        this.checkFlash();
        this.unit.board.powerOn();
      }
    });
  }

  /** Makes ready for the next fault; counting begins anew behind each. */
  private arm(): void {
    const next = this.waiting[0];
    this.sinceFault = 0;
    this.unit.flash.cutAt(0);
    if (next?.at !== "flash") return;
    this.unit.flash.cutAt(next.n, next.how);
    this.unit.flash.onCut = () => this.pass();
  }

  private pass(): void {
    this.waiting.shift();
    this.came++;
    this.arm();
  }

  private mishap(): Mishap | undefined {
    this.messages++;
    const next = this.waiting[0];
    if (next?.at !== "message" || ++this.sinceFault !== next.n) return undefined;
    this.pass();
    return next.how;
  }

  private hear({ deviceId, state, serial }: UnitChange): void {
    if (deviceId !== this.unit.deviceId) return;
    this.states.push(state);
    if (serial) this.serials.add(serial);
    if (state !== "shippable") return;
    if (!this.settingsAreBlank) this.problem("the server calls it shippable while settings are on board");
    this.search("when it became shippable");
  }

  private search(when: string): void {
    this.images++;
    for (const found of searchFlash(this.unit.flash.bytes, this.needles)) this.problem(`${found} in flash ${when}`);
  }

  private regions() {
    const { settings, identity } = this.unitBoard;
    const region = ({ address, pages }: { address: number; pages: number }) =>
      openFlashRegion(this.unit.flash, address, pages);
    return { settings: region(settings), identity: region(identity) };
  }

  private get unitBoard() {
    return this.factory.board;
  }

  /** What a start would read: a legal state, and no more than the server knows. */
  private checkFlash(): void {
    const { settings, identity } = this.regions();
    const log = new RecordLog(identity, digest);
    const wipe = log.read(IdentityKind.Wipe);
    const blessing = log.read(IdentityKind.Blessing);
    const phase = wipe?.[0] ?? WipePhase.None;
    const stage = chooseStage({
      rescueHeld: false,
      starts: 0,
      plan: 0,
      isFixture: false,
      hasSettings: !!new RecordLog(settings, digest).read(1),
      isBlessed: !!blessing,
      wipeBegun: phase === WipePhase.Begun,
      wipeProved: phase === WipePhase.Proved,
    });
    if (phase > WipePhase.Proved) this.problem(`the wipe is in phase ${phase}, which there is not`);
    if (blessing && !this.serials.size) this.problem("it is blessed, and the server gave no serial number");
    if (blessing && phase === WipePhase.Proved && !this.states.includes("shippable"))
      this.problem("it holds its wipe proved, and the server does not");
    if (stage === "a" && !this.states.includes("shippable"))
      this.problem("it would run the application, and is not shippable");
  }

  private async judge(): Promise<void> {
    const { unit, slot } = this;
    const view = (await this.factory.admin.units()).find((candidate) => candidate.deviceId === unit.deviceId);
    const isBad = this.point.story === "bad";
    const due = isBad ? "failed" : "shippable";
    if (view?.state !== due)
      this.problem(`after ${this.lights} lights it is ${view?.state ?? "unknown"}, not ${due} (${unit.lastStep})`);
    if (this.waiting.length) return;
    if (isBad && this.serials.size) this.problem("it failed, and has a serial number");
    if (!isBad && this.serials.size !== 1) this.problem(`it had ${this.serials.size} serial numbers`);
    if (slot.verdicts.includes(true) === isBad && !(this.came > 0 && !isBad))
      this.problem(`its script was told ${slot.verdicts.join(", ") || "nothing"}`);
    if (isBad && unit.ledPatterns.some((shown, i) => shown === Pattern.Pass && unit.ledPatterns[i - 1] === Pattern.Connected))
      this.problem("it failed, and its LED said that it passed");
    if (!this.settingsAreBlank) this.problem("settings are on board at the end");
    this.search("at the end");
    if (!isBad && view) await this.judgeKey();
  }

  /** The key that the unit holds is the one that the server keeps for it. */
  private async judgeKey(): Promise<void> {
    const body = new RecordLog(this.regions().identity, digest).read(IdentityKind.Blessing);
    const { blessing } = await this.factory.admin.unit(this.unit.deviceId);
    if (!body) return this.problem("it holds no blessing");
    const record = JSON.parse(blessing?.record ?? "{}") as { keyHash?: string };
    if (record.keyHash !== this.factory.keyHash(blessingKey(body)))
      this.problem("its key is not the one that the server keeps");
  }

  private problem(what: string): void {
    this.problems.add(what);
  }
}
