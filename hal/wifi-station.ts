// SPDX-License-Identifier: Apache-2.0
// The radio as a WiFi station.
import type { ErrorCode } from "./error.js";

export interface WifiStation {
  /** SSID and password are bytes; an empty password is an open network. Gives up at `timeoutMs`. */
  join(ssid: Uint8Array, password: Uint8Array, timeoutMs: number, done: (error: ErrorCode) => void): ErrorCode;
  /** Stops the radio; the light receiver wants it silent. */
  leave(): void;
  /** False again when the network has gone. */
  isJoined(): boolean;
  /** The access point's channel, 0 while not joined or where it is not told. */
  channel(): number;
  /** Signal strength in dBm, 0 while not joined. */
  rssi(): number;
}
