// SPDX-License-Identifier: Apache-2.0
// A board: one implementation of each interface, and the pin names that scripts use.
import type { Button } from "./button.js";
import type { Chain } from "./chain.js";
import type { Clock, ShiftClock } from "./clock.js";
import type { Digest } from "./digest.js";
import type { EdgeSensor } from "./edge-sensor.js";
import type { Emitter } from "./emitter.js";
import type { Entropy } from "./entropy.js";
import type { FlashRegion } from "./flash-region.js";
import type { HttpClient } from "./http-client.js";
import type { LightLevel } from "./light-level.js";
import type { LightSensor } from "./light-sensor.js";
import type { Pins } from "./pins.js";
import type { StatusLed } from "./status-led.js";
import type { System } from "./system.js";
import type { Timers } from "./timers.js";
import type { WifiStation } from "./wifi-station.js";

/** What deciding the stage needs. */
export interface BootBoard {
  readonly settings: FlashRegion;
  readonly identity: FlashRegion;
  readonly digest: Digest;
  readonly button: Button;
}

/** What every stage has. */
export interface Board extends BootBoard {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly led: StatusLed;
  readonly system: System;
}

/** The receive stage: no radio. */
export interface ReceiverBoard extends Board {
  readonly shiftClock: ShiftClock;
  readonly chain: Chain;
}

/** The same behind an analogue sensor. */
export interface SampleBoard extends ReceiverBoard {
  readonly samples: LightSensor;
}

/** The same behind a comparator. */
export interface EdgeBoard extends ReceiverBoard {
  readonly edges: EdgeSensor;
}

/** What a script needs of it. */
export interface ScriptBoard {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly system: System;
  readonly pins: Pins;
  readonly light: LightLevel;
  /** GPIO number by script name: pinA, pinB, ... */
  readonly pinNames: { readonly [name: string]: number };
}

/** For a script of any role that a console runs. */
export interface ConsoleBoard extends ScriptBoard {
  readonly button: Button;
  /** The LED that sends. */
  readonly emitterGpio: number;
}

/** A stage that joins the network and runs a script. */
export interface NetworkBoard extends Board, ScriptBoard {
  readonly wifi: WifiStation;
  readonly http: HttpClient;
  readonly entropy: Entropy;
}

export interface FixtureBoard extends NetworkBoard {
  readonly emitter: Emitter;
  /** The LED that sends. */
  readonly emitterGpio: number;
}
