// SPDX-License-Identifier: Apache-2.0
// A fixture's script: it can send light.
/// <reference path="./common.d.ts" />

interface FixtureServer extends CommonServer {
  /**
   * Asks for a token, then lights the network and the token. null for both takes the network that the server keeps for this
   * product, so that no password stands in a script.
   */
  factoryblinkup(ssid: string | null, password: string | null, pin: ImpPin, flags: number): void;
}

declare const server: FixtureServer;
/** 142 symbols a second instead of 60. */
declare const BLINKUP_FAST: number;
/** The LED lights when the pin is high. */
declare const BLINKUP_ACTIVEHIGH: number;

/** The operator's button; slot 1 is the first emitter. */
interface FixtureHardware {
  onbutton(handler: () => void): void;
  /** The pin of the LED that sends. */
  readonly emitter: ImpPin;
}
declare const fixture: FixtureHardware;
