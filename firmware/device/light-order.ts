// SPDX-License-Identifier: Apache-2.0
// What a script asks a fixture to light, and what is wrong with it.
import type { FixtureBoard } from "../../hal/board.js";
import { hasPin } from "./pin-names.js";

/** 142 symbols a second instead of 60; burst at 1,000 instead of 120. */
export const BLINKUP_FAST = 1;
/** The LED lights when the pin is high. */
export const BLINKUP_ACTIVEHIGH = 2;
/** Burst instead of genuine BlinkUp. */
export const BLINKUP_BURST = 4;

const ALL_FLAGS = 7;
const SSID_BYTES = 32;
const LEAST_PASSWORD_BYTES = 8;
const PASSWORD_BYTES = 64;

/** `null` for what the server keeps. */
export interface LightOrder {
  readonly ssid: string | null;
  readonly password: string | null;
  readonly gpio: number;
  readonly flags: number;
}

/** A code of docs/ERRORS.md and a sentence, or "". */
export function orderFault(board: FixtureBoard, order: LightOrder): string {
  const ssid = order.ssid;
  const password = order.password;
  if (ssid !== null && (typeof ssid !== "string" || ssid.length > SSID_BYTES))
    return "LIGHT_SSID: an SSID is text of at most 32 bytes, or null for the server's";
  if (password !== null && (typeof password !== "string" || !passwordFits(password.length)))
    return "LIGHT_PASSWORD: a password has 8 to 64 bytes, none for an open network, or is null for the server's";
  if (typeof order.flags !== "number" || (order.flags & ALL_FLAGS) !== order.flags)
    return "LIGHT_FLAGS: add BLINKUP_FAST, BLINKUP_ACTIVEHIGH and BLINKUP_BURST, or give 0";
  if (order.gpio !== board.emitterGpio && !hasPin(board, order.gpio))
    return "LIGHT_PIN: give fixture.emitter or one of hardware's pins";
  return "";
}

function passwordFits(length: number): boolean {
  return !length || (length >= LEAST_PASSWORD_BYTES && length <= PASSWORD_BYTES);
}
