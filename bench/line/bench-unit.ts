// SPDX-License-Identifier: Apache-2.0
// One virtual board on the line: its flash, what its console said, what its LED shows.
import { EmulatedBoard } from "../../emulator/emulated-board.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import type { FlashOperation } from "../../hal/sim/models/nor-flash.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import type { Network } from "../../hal/sim/models/network.js";
import type { Radio } from "../../hal/sim/models/radio.js";
import type { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import type { Firmware } from "../../hal/sim/board.js";
import { SimBoard } from "../../hal/sim/board.js";
import type { Chip } from "../../hal/sim/models/chip.js";
import type { Board } from "../build/boards.js";
import { firmwareBoard } from "../build/boards.js";

export interface LineWorld {
  readonly clock: VirtualClock;
  readonly radio: Radio;
  readonly network: Network;
  readonly board: Board;
  /** Storage files (boot code and stages) for the emulator, or the firmware to call in this process. */
  readonly firmware: StorageFiles | Firmware;
  /** Of an emulated board, as EmulatedBoardOptions has it. */
  readonly collectEveryMs?: number;
  /** As Chip has it. */
  readonly keepsClock?: boolean;
}

export interface StorageFiles {
  readonly [name: string]: string;
}

export interface UnitOptions {
  /** Twelve hex digits. */
  readonly mac: string;
  readonly seed: number;
  /** 0 to 1, by GPIO. */
  readonly analog: ReadonlyMap<number, number>;
}

const AMBIENT = 0.12;
const SWING = 0.55;
const NOISE = 0.01;

export class BenchUnit {
  readonly board: Chip;
  readonly flash: NorFlash;
  readonly light: LightChannel;
  /** Console lines, all starts. */
  readonly lines: string[] = [];
  /** Rows of the state table (state, event, next state, action), all starts; "app" when the application begins. */
  readonly steps: string[] = [];
  readonly ledPatterns: string[] = [];
  readonly flashOperations: FlashOperation[] = [];
  onStep: ((step: string) => void) | undefined;

  constructor(
    world: LineWorld,
    readonly options: UnitOptions,
  ) {
    const { chip, light, pins } = world.board;
    this.flash = NorFlash.blank(Number(chip.rawFlash.address), chip.rawFlash.bytes);
    this.flash.onOperation = (operation) => this.flashOperations.push(operation);
    this.board = openChip(world, options, this.flash);
    this.board.world.negated = chip.negated;
    this.board.world.converter = chip.analog;
    this.light = new LightChannel({ ambient: AMBIENT, swing: SWING, noise: NOISE, seed: options.seed });
    this.board.world.light.set(light.pin, this.light);
    for (const [gpio, value] of options.analog) this.board.world.analog.set(gpio, value);
    if (pins.pinC !== undefined && pins.pinD !== undefined) this.board.world.wires.set(pins.pinD, pins.pinC);
    this.board.onConsole = (line) => this.hear(line);
  }

  /** 16 hex digits, as the device says it. */
  get deviceId(): string {
    return "0000" + this.options.mac;
  }

  get lastStep(): string {
    return this.steps.at(-1) ?? "";
  }

  get ledPattern(): string {
    return this.ledPatterns.at(-1) ?? "";
  }

  private hear(line: string): void {
    this.lines.push(line);
    if (line.startsWith("~led ")) this.ledPatterns.push(line.slice(5));
    else if (line.startsWith("~")) {
      this.steps.push(line.slice(1));
      this.onStep?.(line.slice(1));
    }
  }
}

function openChip(world: LineWorld, { mac, seed }: UnitOptions, flash: NorFlash): Chip {
  const { clock, radio, network, firmware, board, collectEveryMs = 0, keepsClock = true } = world;
  const common = { clock, radio, network, flash, mac, seed, keepsClock };
  return typeof firmware === "function"
    ? new SimBoard({ ...common, firmware, data: firmwareBoard(board) })
    : new EmulatedBoard({ ...common, storage: firmware, collectEveryMs });
}
