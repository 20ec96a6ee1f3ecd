// SPDX-License-Identifier: Apache-2.0
// A board in this process: the same models as the emulator's, with the firmware called instead of evaluated.
import type { EdgeBoard, FixtureBoard, SampleBoard } from "../board.js";
import type { BoardData } from "../board-data.js";
import { openButton } from "./button.js";
import type { Handover } from "./chain.js";
import { openChain } from "./chain.js";
import { openClock, openShiftClock } from "./clock.js";
import { digest } from "./digest.js";
import { openEdgeSensor } from "./edge-sensor.js";
import { openEmitter } from "./emitter.js";
import { openEntropy } from "./entropy.js";
import { openFlashRegion } from "./flash-region.js";
import { openHttpClient } from "./http-client.js";
import { openLightLevel } from "./light-level.js";
import { openLightSensor } from "./light-sensor.js";
import type { Start } from "./models/chip.js";
import { Chip } from "./models/chip.js";
import type { Network } from "./models/network.js";
import type { NorFlash } from "./models/nor-flash.js";
import { PinWorld } from "./models/pins.js";
import type { Radio } from "./models/radio.js";
import { Station } from "./models/radio.js";
import { RandomRegister } from "./models/random-register.js";
import type { VirtualClock } from "./models/virtual-clock.js";
import { openPins } from "./pins.js";
import { openStatusLed } from "./status-led.js";
import { openSystem } from "./system.js";
import { openTimers } from "./timers.js";
import { openWifiStation } from "./wifi-station.js";

/** Whatever a stage may ask for. */
export type WholeBoard = FixtureBoard & SampleBoard & EdgeBoard;

/** Runs at each start; at a chained stage once more, with the stage's name. */
export type Firmware = (board: WholeBoard, stage: string | undefined) => void;

export interface SimBoardOptions {
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  readonly radio: Radio;
  readonly network: Network;
  readonly data: BoardData;
  /** Twelve hex digits. */
  readonly mac: string;
  /** Of what the chip's random register gives. */
  readonly seed: number;
  readonly firmware: Firmware;
  /** As Chip has it. */
  readonly keepsClock?: boolean;
}

export class SimBoard extends Chip {
  private readonly register: RandomRegister;

  constructor(private readonly options: SimBoardOptions) {
    super(options.clock, new PinWorld(), (start) => options.firmware(this.open(start), undefined), options.keepsClock);
    this.register = new RandomRegister(options.seed);
  }

  private open(start: Start): WholeBoard {
    const { data, flash, radio, network, mac, firmware } = this.options;
    const { light, led, button, emitter } = data;
    const station = new Station(radio);
    const handover: Handover = { entries: undefined };
    const board: WholeBoard = {
      settings: openFlashRegion(flash, data.settings.address, data.settings.pages),
      identity: openFlashRegion(flash, data.identity.address, data.identity.pages),
      digest,
      button: openButton(start, button.pin, button.activeLow, data.rescue),
      clock: openClock(start),
      shiftClock: openShiftClock(start),
      timers: openTimers(start),
      led: openStatusLed(start, led.red, led.green, led.activeLow),
      system: openSystem(start, {
        mac,
        print: (line) => this.onConsole?.(line),
        handover,
      }),
      chain: openChain(start, handover, (stage) => firmware(board, stage)),
      samples: openLightSensor(start, light.pin, light.sampleHz, light.inverted),
      edges: openEdgeSensor(start, light.pin, light.inverted),
      light: openLightLevel(start, light.pin, light.sampleHz, light.inverted),
      wifi: openWifiStation(start, station),
      http: openHttpClient(start, network, station),
      entropy: openEntropy(this.register, start),
      pins: openPins(start),
      pinNames: data.pins,
      emitter: openEmitter(start),
      emitterGpio: emitter.pin,
    };
    return board;
  }
}
