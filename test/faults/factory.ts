// SPDX-License-Identifier: Apache-2.0
// A server, a network and an access point in this process, on one clock that faults do not disturb; units come and go.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareBoard, loadBoard } from "../../bench/build/boards.js";
import { BenchUnit } from "../../bench/line/bench-unit.js";
import { Random } from "../../bench/line/random.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { keyHashOf } from "../../firmware/core/protocol/keys.js";
import type { Firmware } from "../../hal/sim/board.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import type { App } from "../../server/app.js";
import { buildApp } from "../../server/app.js";
import type { UnitChange } from "../../server/conversation/turn.js";
import { hex, prf } from "../../server/crypto.js";
import { PRODUCT } from "../tools/test-server.js";
import type { Mishap } from "./fault.js";
import type { Reply, Strike } from "./mishap-network.js";
import { MishapNetwork } from "./mishap-network.js";

export const NETWORKS = {
  factory: { ssid: "factory-floor", password: "grey herring 61" },
  production: { ssid: "at home", password: "blue kettle 24" },
};
const EPOCH_MS = Date.UTC(2026, 0, 1);
const TOKEN_BYTES = 16;
const BOARD = loadBoard("virtual");

/** What the trial that is under way wants to hear, and does to it. */
export interface Trial {
  mishap(): Mishap | undefined;
  powerOff(): void;
  onUnitChange(change: UnitChange): void;
}

export class Factory {
  readonly clock = new VirtualClock();
  /** Where a unit's flash regions lie. */
  readonly board = firmwareBoard(BOARD);
  private readonly network: MishapNetwork;
  private readonly radio = new Radio(this.clock);
  private readonly dataDir = mkdtempSync(join(tmpdir(), "lightline-faults-"));
  private app: App | undefined;
  private trial: Trial | undefined;
  private restarting: Promise<void> | undefined;
  private random = new Random(1);

  private constructor() {
    this.network = new MishapNetwork(this.clock, {
      next: () => this.strike(),
      deliver: (path, request) => this.deliver(path, request),
    });
    this.radio.accessPoints.push(NETWORKS.factory, NETWORKS.production);
  }

  static async open(): Promise<Factory> {
    const factory = new Factory();
    await factory.start();
    await factory.admin.putProduct(PRODUCT);
    return factory;
  }

  get admin(): App["admin"] {
    return (this.app as App).admin;
  }

  /** A blank board; what befalls it and the server goes by the trial from here on. */
  seat(number: number, firmware: Firmware, trial: Trial): BenchUnit {
    this.trial = trial;
    this.random = new Random(number);
    const mac = "30" + number.toString(16).padStart(10, "0");
    const world = { clock: this.clock, radio: this.radio, network: this.network, board: BOARD, firmware };
    return new BenchUnit(world, { mac, seed: number, analog: new Map() });
  }

  /** What a fixture or an owner lights: a network and a fresh token that the server knows. */
  async light(kind: "factory" | "production"): Promise<{ entries: Uint8Array; token: Uint8Array }> {
    const token = this.random.bytes(TOKEN_BYTES);
    const { ssid, password } = NETWORKS[kind];
    await this.admin.registerToken(PRODUCT.name, token, kind);
    const entries = new Uint8Array(255);
    let end = putEntry(entries, 0, EntryType.Ssid, asciiBytes(ssid));
    end = putEntry(entries, end, EntryType.Password, asciiBytes(password));
    end = putEntry(entries, end, EntryType.Enrolment, token);
    return { entries: entries.slice(0, end), token };
  }

  /** As blessing records hold it. */
  keyHash(deviceKey: Uint8Array): string {
    return hex(keyHashOf(prf, deviceKey));
  }

  async close(): Promise<void> {
    await this.app?.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async start(): Promise<void> {
    this.app = await buildApp({
      dataDir: this.dataDir,
      clock: {
        now: () => EPOCH_MS + Math.floor(this.clock.millis()),
        steady: () => this.clock.millis(),
        after: (ms, run) => {
          const id = this.clock.after(ms * 1000, run);
          return () => this.clock.cancel(id);
        },
      },
      random: (bytes) => this.random.bytes(bytes),
      parked: (delta) => this.network.parked(delta),
      onUnitChange: (change) => this.trial?.onUnitChange(change),
    });
  }

  /** A poll may be answered when its trial is long over: then it strikes nobody. */
  private strike(): Strike | undefined {
    const { trial } = this;
    const how = trial?.mishap();
    if (!trial || !how) return undefined;
    return {
      how,
      powerOff: () => trial.powerOff(),
      restartServer: async () => {
        if (this.trial === trial)
          await (this.restarting ??= this.restart().finally(() => (this.restarting = undefined)));
      },
    };
  }

  private async restart(): Promise<void> {
    await this.app?.close();
    await this.start();
  }

  private async deliver(path: string, request: Buffer): Promise<Reply> {
    const headers = { "content-type": "application/octet-stream" };
    const answer = await (this.app as App).http.inject({ method: "POST", url: path, headers, payload: request });
    return { status: answer.statusCode, bytes: answer.rawPayload };
  }
}
