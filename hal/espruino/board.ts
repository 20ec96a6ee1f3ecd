// SPDX-License-Identifier: Apache-2.0
// Builds a board from its data; each stage links only what its kind of board has. What keeps a scope is not inlined here: it would keep
// the data as well.
import type {
  Board,
  BootBoard,
  ConsoleBoard,
  EdgeBoard,
  FixtureBoard,
  NetworkBoard,
  SampleBoard,
  ScriptBoard,
} from "../board.js";
import type { BoardData } from "../board-data.js";
import { PinButton } from "./button.js";
import { chain } from "./chain.js";
import { clock, shiftClock } from "./clock.js";
import { closeConsoles } from "./consoles.js";
import { digest } from "./digest.js";
import { openEdgeSensor } from "./edge-sensor.js";
import { emitter } from "./emitter.js";
import { RegisterEntropy } from "./entropy.js";
import { RawFlash } from "./flash-region.js";
import { httpClient } from "./http-client.js";
import { PinLight } from "./light-level.js";
import { openLightSensor } from "./light-sensor.js";
import { pins } from "./pins.js";
import { PinLed } from "./status-led.js";
import { openSystem } from "./system.js";
import { timers } from "./timers.js";
import { wifiStation } from "./wifi-station.js";

export type { BoardData };

export function openBootBoard(data: BoardData): BootBoard {
  closeConsoles();
  return openStores(data);
}

function openStores(data: BoardData): BootBoard {
  return {
    settings: new RawFlash(data.settings.address, data.settings.pages),
    identity: new RawFlash(data.identity.address, data.identity.pages),
    digest,
    button: new PinButton(data.button.pin, data.button.activeLow, data.rescue),
  };
}

function openBoard(data: BoardData): Board {
  return Object.assign(openStores(data), {
    clock,
    timers,
    led: new PinLed(data.led.red, data.led.green, data.led.activeLow),
    system: openSystem(),
  });
}

export function openSampleBoard(data: BoardData): SampleBoard {
  const samples = /* @__NOINLINE__ */ openLightSensor(data.light.pin, data.light.sampleHz, data.light.inverted);
  return Object.assign(openBoard(data), { samples, shiftClock, chain });
}

export function openEdgeBoard(data: BoardData): EdgeBoard {
  return Object.assign(openBoard(data), {
    edges: /* @__NOINLINE__ */ openEdgeSensor(data.light.pin, data.light.inverted),
    shiftClock,
    chain,
  });
}

export function openNetworkBoard(data: BoardData): NetworkBoard {
  return Object.assign(openBoard(data), {
    wifi: wifiStation,
    http: httpClient,
    entropy: new RegisterEntropy(data.randomRegister),
    pins,
    light: new PinLight(data.light.pin, data.light.sampleHz > 0, data.light.inverted),
    pinNames: data.pins,
  });
}

export function openScriptBoard(data: BoardData): ScriptBoard {
  return {
    clock,
    timers,
    system: openSystem(),
    pins,
    light: new PinLight(data.light.pin, data.light.sampleHz > 0, data.light.inverted),
    pinNames: data.pins,
  };
}

export function openConsoleBoard(data: BoardData): ConsoleBoard {
  return Object.assign(openScriptBoard(data), {
    button: new PinButton(data.button.pin, data.button.activeLow, data.rescue),
    emitterGpio: data.emitter.pin,
  });
}

export function openFixtureBoard(data: BoardData): FixtureBoard {
  return Object.assign(openNetworkBoard(data), { emitter, emitterGpio: data.emitter.pin });
}
