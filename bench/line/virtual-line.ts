// SPDX-License-Identifier: Apache-2.0
// A factory line without a factory: server, fixture and DUTs in one process, on one clock, with the firmware that ships.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import type { Firmware } from "../../hal/sim/board.js";
import type { FlashRegion } from "../../hal/flash-region.js";
import { digest } from "../../hal/sim/digest.js";
import type { LightSource } from "../../hal/sim/models/light-channel.js";
import { LedSource } from "../../hal/sim/models/light-channel.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { Network } from "../../hal/sim/models/network.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import type { AgentScripts } from "../../server/agents/agent-host.js";
import type { UnitChange } from "../../server/conversation/turn.js";
import type { ServerClock } from "../../server/clock.js";
import type { RunningServer } from "../../server/main.js";
import { startServer } from "../../server/main.js";
import { loadBoard } from "../build/boards.js";
import type { BuildResult } from "../build/build.js";
import type { Product } from "../build/product.js";
import { storageFiles } from "../build/storage-files.js";
import type { LineWorld } from "./bench-unit.js";
import { BenchUnit } from "./bench-unit.js";
import { provisionFixture } from "./provision.js";
import { Random } from "./random.js";

export interface LineOptions {
  readonly product: Product;
  readonly build: BuildResult;
  readonly board: string;
  readonly seed: number;
  /** What the product's agents run; it has none unless said. */
  readonly agents?: AgentScripts;
  /** Called in this process instead of the shipped bundles, for tests that want many lives. */
  readonly firmware?: Firmware;
  /** Kept afterwards when given; else a folder that goes with the line. */
  readonly dataDir: string | undefined;
}

const SSID = "lightline-factory";
/** Where the line's time begins, so that a seed gives the same records: 2026-01-01. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
const FIXTURE_MAC = "30aea4f10000";

export class VirtualLine {
  readonly clock = new VirtualClock();
  readonly network = new Network(this.clock);
  readonly fixture: BenchUnit;
  server: RunningServer | undefined;
  onUnitChange: ((change: UnitChange) => void) | undefined;
  readonly dataDir: string;
  private readonly random: Random;
  private readonly world: LineWorld;
  private readonly lamp = new LedSource();
  private readonly password: string;

  constructor(private readonly options: LineOptions) {
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "lightline-"));
    this.random = new Random(options.seed);
    this.password = this.random.hex(8);
    const radio = new Radio(this.clock);
    radio.accessPoints.push({ ssid: SSID, password: this.password });
    const board = loadBoard(options.board);
    this.world = {
      clock: this.clock,
      radio,
      network: this.network,
      board,
      firmware: options.firmware ?? storageFiles(options.build, options.board),
    };
    this.fixture = new BenchUnit(this.world, { mac: FIXTURE_MAC, seed: this.random.next(), analog: new Map() });
    this.joinLamp();
  }

  get product(): Product {
    return this.options.product;
  }

  get radio(): Radio {
    return this.world.radio;
  }

  /** Starts the server on a free port, makes the product known to it, and the fixture to both. */
  async start(): Promise<void> {
    await this.startServer();
    const { product } = this.options;
    const { admin } = this.server as RunningServer;
    await admin.putProduct(product);
    if (this.options.agents) await (this.server as RunningServer).agents.deploy(product.name, this.options.agents);
    const network = new Uint8Array(255);
    let end = putEntry(network, 0, EntryType.Ssid, asciiBytes(SSID));
    end = putEntry(network, end, EntryType.Password, asciiBytes(this.password));
    await admin.setFactoryNetwork(product.name, network.slice(0, end));
    const identity = await admin.addFixture(product.name);
    provisionFixture(this.region(this.fixture, "settings"), this.region(this.fixture, "identity"), digest, {
      ...identity,
      ssid: asciiBytes(SSID),
      password: asciiBytes(this.password),
    });
    this.fixture.board.powerOn();
    await this.clock.run(() => this.fixture.steps.includes("UaIi"));
  }

  /** The server again after stop(), on the same data; boards find it under the same name. */
  async startServer(): Promise<void> {
    const server = await startServer({
      dataDir: this.dataDir,
      host: "127.0.0.1",
      port: 0,
      clock: this.serverClock(),
      random: (bytes) => this.random.bytes(bytes),
      parked: (delta) => this.network.parked(delta),
      onUnitChange: (change) => this.onUnitChange?.(change),
      publicUrl: this.options.product.serverUrl,
      agentsBusy: (delta) => this.network.working(delta),
    });
    this.server = server;
    await server.agents.start();
    const { hostname, port } = new URL(this.options.product.serverUrl);
    this.network.hosts.set(`${hostname}:${port || 80}`, { port: server.port, up: true });
  }

  /** The server goes away; connections to it are refused. */
  async stopServer(): Promise<void> {
    for (const host of this.network.hosts.values()) host.up = false;
    await this.server?.close();
    this.server = undefined;
  }

  async close(): Promise<void> {
    this.fixture.board.powerOff();
    await this.stopServer();
    if (this.options.dataDir === undefined) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A fresh board. Its analogue pins read what `analog` says, by pin name. */
  makeUnit(number: number, analog: { readonly [pin: string]: number }): BenchUnit {
    const { pins } = this.world.board;
    const byGpio = Object.entries(analog).map(([name, value]) => [pins[name] as number, value] as const);
    const mac = "30aea4" + number.toString(16).padStart(6, "0");
    return new BenchUnit(this.world, { mac, seed: this.random.next(), analog: new Map(byGpio) });
  }

  /** Puts a unit under the fixture and powers it up: it sees the fixture's lamp, or the light that is given. */
  seat(unit: BenchUnit, light: LightSource = this.lamp): void {
    unit.light.source = light;
    unit.board.powerOn();
  }

  /** The operator presses the fixture's button. */
  press(): void {
    const { pin, activeLow } = this.world.board.button as { pin: number; activeLow: boolean };
    this.fixture.board.drive(pin, !activeLow);
    this.clock.after(100_000, () => this.fixture.board.drive(pin, activeLow));
  }

  /** A look at a unit's settings or identity region. */
  region(unit: BenchUnit, which: "settings" | "identity"): FlashRegion {
    const { address, bytes } = this.world.board.flash[which];
    return openFlashRegion(unit.flash, Number(address), bytes / 4096);
  }

  private joinLamp(): void {
    const { pin, activeLow } = this.world.board.emitter as { pin: number; activeLow: boolean };
    this.fixture.board.world.onWrite = (gpio, level) => {
      if (gpio === pin) this.lamp.lit = level !== activeLow;
    };
  }

  private serverClock(): ServerClock {
    return {
      now: () => EPOCH_MS + Math.floor(this.clock.millis()),
      steady: () => this.clock.millis(),
      after: (ms, run) => {
        const id = this.clock.after(ms * 1000, run);
        return () => this.clock.cancel(id);
      },
    };
  }
}
