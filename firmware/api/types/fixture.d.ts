// SPDX-License-Identifier: Apache-2.0
// A fixture's script: it can send light.
/// <reference path="./common.d.ts" />

interface FixtureServer extends CommonServer {
  /**
   * Asks for a token, then lights the network and the token. null for both takes the network that the server keeps for this
   * product, so that no password stands in a script. Returns at once; fixture.onlight tells what becomes of it.
   */
  factoryblinkup(ssid: string | null, password: string | null, pin: ImpPin, flags: number, apn?: string): void;
}

declare const imp: ImpApi;
declare const server: FixtureServer;
/** 142 symbols a second instead of 60; with BLINKUP_BURST 1,000 unit intervals instead of 120. */
declare const BLINKUP_FAST: number;
/** The LED lights when the pin is high. */
declare const BLINKUP_ACTIVEHIGH: number;

/** Lightline's burst instead of genuine BlinkUp: corrects errors, is sent over and over. */
declare const BLINKUP_BURST: number;

interface LightEvent {
  readonly state: "asking" | "sending" | "sent" | "refused";
  /** Of the light that is out, 0 to 1. */
  readonly share: number;
  /** A code of docs/ERRORS.md and a sentence when it was refused, else "". */
  readonly reason: string;
}

/** The operator's button; slot 1 is the first emitter. */
interface FixtureHardware {
  onbutton(handler: () => void): void;
  /** Calls back with what becomes of a call of server.factoryblinkup, twice a second while it is sent. One handler. */
  onlight(handler: (event: LightEvent) => void): void;
  /** The pin of the LED that sends. */
  readonly emitter: ImpPin;
  /** The waveform that product.json names, as factoryblinkup takes it. */
  readonly flags: number;
}
declare const fixture: FixtureHardware;
