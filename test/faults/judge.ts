// SPDX-License-Identifier: Apache-2.0
// What must hold of a unit at every moment and at the end, by its flash, its server, its LED and its script.
import { chooseStage } from "../../firmware/core/blessing/choose-stage.js";
import { blessingKey } from "../../firmware/store/blessing-record.js";
import { IdentityKind, LogName, namesNetwork, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import type { FlashRegion } from "../../hal/flash-region.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { PAGE_BYTES } from "../../hal/sim/models/nor-flash.js";
import type { UnitChange } from "../../server/conversation/turn.js";
import type { Factory } from "./factory.js";
import { NETWORKS } from "./factory.js";
import type { Story } from "./fault.js";
import type { Needle } from "./needles.js";
import { needlesOf, searchFlash } from "./needles.js";
import type { Slot } from "./unit-firmware.js";

const LAST_STATE: { readonly [story in Story]: string } = {
  auto: "shippable",
  script: "shippable",
  relit: "shippable",
  activated: "activated",
  bad: "failed",
};

export class Judge {
  images = 0;
  foundBefore = 0;
  private readonly found = new Set<string>();
  private readonly states: string[] = [];
  private readonly watched = new Set<string>();
  private readonly serials = new Set<string>();
  private readonly needles: Needle[] = needlesOf([
    ["SSID", Buffer.from(NETWORKS.factory.ssid)],
    ["password", Buffer.from(NETWORKS.factory.password)],
  ]);

  constructor(
    private readonly factory: Factory,
    private readonly unit: BenchUnit,
    private readonly story: Story,
    private readonly slot: Slot,
  ) {
    const remember = unit.flash.onOperation;
    unit.flash.onOperation = (operation) => {
      remember?.(operation);
      // Only this page has changed.
      const start = operation.page * PAGE_BYTES;
      const page = unit.flash.bytes.subarray(start, start + PAGE_BYTES);
      if (this.wasShippable) this.search("after a flash operation", page);
    };
  }

  get problems(): string[] {
    return [...this.found];
  }

  get isShippable(): boolean {
    return this.states.at(-1) === "shippable";
  }

  get isActivated(): boolean {
    return this.states.at(-1) === "activated";
  }

  get isFailedAndWiped(): boolean {
    return this.states.at(-1) === "failed" && !this.hasSettings;
  }

  /** Anything at all in their region. */
  get hasSettings(): boolean {
    const { settings } = this.regions();
    return settings.read(0, settings.pageSize * settings.pageCount).some((byte) => byte !== 0xff);
  }

  private watchKey(key: string): void {
    if (!this.watched.has(key)) this.watch("key", Buffer.from(key, "hex"));
    this.watched.add(key);
  }

  private get wasShippable(): boolean {
    return this.states.includes("shippable");
  }

  /** One more secret that must not be found any more. */
  watch(what: string, secret: Uint8Array): void {
    this.needles.push(...needlesOf([[what, Buffer.from(secret)]]));
  }

  hear({ deviceId, state, serial }: UnitChange): void {
    if (deviceId !== this.unit.deviceId) return;
    this.states.push(state);
    if (serial) this.serials.add(serial);
    if (state === "blessing") this.foundBefore += searchFlash(this.unit.flash.bytes, this.needles).length;
    if (state !== "shippable") return;
    if (this.hasSettings) this.problem("the server calls it shippable while settings are on board");
    this.search("when it became shippable");
  }

  /** A unit that had power for a while has finished what a cut left half done. */
  readSettled(): void {
    if (this.hasSettings && !this.logs().settings.read(SETTINGS_KIND))
      this.problem("what was left of settings lies there, and no start took it away");
    this.readFlash();
  }

  /** What the next start will find: a legal state, and no more than the server knows. */
  readFlash(): void {
    const { identity, settings } = this.logs();
    const phase = identity.read(IdentityKind.Wipe)?.[0] ?? WipePhase.None;
    const isBlessed = !!identity.read(IdentityKind.Blessing);
    const stage = chooseStage({
      rescueHeld: false,
      starts: 0,
      plan: 0,
      isFixture: !!identity.read(IdentityKind.Fixture),
      hasSettings: namesNetwork(settings.read(SETTINGS_KIND)),
      isBlessed,
      wipeBegun: phase === WipePhase.Begun,
      wipeProved: phase === WipePhase.Proved,
    });
    if (phase > WipePhase.Proved) this.problem(`the wipe is in phase ${phase}, which there is not`);
    if (isBlessed && !this.serials.size) this.problem("it is blessed, and the server gave no serial number");
    if (isBlessed && phase === WipePhase.Proved && !this.wasShippable)
      this.problem("it holds its wipe proved, and the server does not");
    if (stage === "a" && !this.wasShippable) this.problem("it would run the application, and is not shippable");
  }

  /** At the end, when every fault that could come has come. */
  async pronounce(lights: number): Promise<void> {
    const due = LAST_STATE[this.story];
    const state = this.states.at(-1) ?? "unknown";
    if (state !== due) this.problem(`after ${lights} lights it is ${state}, not ${due}`);
    if (this.story === "bad") this.judgeFailed();
    else await this.judgeBlessed();
    if (this.hasSettings !== (this.story === "activated"))
      this.problem("settings are on board at the end, or its owner's are not");
    this.search("at the end");
  }

  private judgeFailed(): void {
    if (this.serials.size) this.problem("it failed, and has a serial number");
    if (this.slot.verdicts.includes(true)) this.problem("it failed, and its script was told that it is blessed");
  }

  /** One serial number, and the key that the unit holds is the one that the server keeps for it. */
  private async judgeBlessed(): Promise<void> {
    if (this.serials.size !== 1) this.problem(`it had ${this.serials.size} serial numbers`);
    const body = this.logs().identity.read(IdentityKind.Blessing);
    if (!body || !this.serials.size) return this.problem("it holds no blessing");
    const { blessing, serial } = await this.factory.admin.unit(this.unit.deviceId);
    const record = JSON.parse(blessing?.record ?? "{}") as { keyHash?: string; serial?: string };
    if (record.keyHash !== this.factory.keyHash(blessingKey(body)))
      this.problem("its key is not the one that the server keeps");
    if (record.serial !== serial) this.problem("its record names another serial number");
  }

  private search(when: string, image = this.unit.flash.bytes): void {
    this.images++;
    for (const key of this.slot.keys) if (!this.slot.ownKeys.has(key)) this.watchKey(key);
    for (const what of searchFlash(image, this.needles)) this.problem(`${what} in flash ${when}`);
  }

  private logs() {
    const { settings, identity } = this.regions();
    return {
      settings: new RecordLog(settings, digest, LogName.Settings),
      identity: new RecordLog(identity, digest, LogName.Identity),
    };
  }

  private regions(): { readonly settings: FlashRegion; readonly identity: FlashRegion } {
    const { settings, identity } = this.factory.board;
    const open = ({ address, pages }: { readonly address: number; readonly pages: number }) =>
      openFlashRegion(this.unit.flash, address, pages);
    return { settings: open(settings), identity: open(identity) };
  }

  private problem(what: string): void {
    this.found.add(what);
  }
}
