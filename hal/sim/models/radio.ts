// SPDX-License-Identifier: Apache-2.0
// WiFi as a board meets it: access points that are there or not, and a callback that may stay away.
import type { VirtualClock } from "./virtual-clock.js";

export interface AccessPoint {
  /** Bytes as latin-1. */
  readonly ssid: string;
  readonly password: string;
}

export class Radio {
  readonly accessPoints: AccessPoint[] = [];
  joinMs = 300;
  rssi = -50;
  /** The join callback never comes, as on some firmware. */
  mute = false;

  constructor(private readonly clock: VirtualClock) {}

  /** Gives the reason why not, or null, after a while. */
  join(ssid: string, password: string, done: (reason: string | null) => void): void {
    if (this.mute) return;
    const point = this.accessPoints.find((candidate) => candidate.ssid === ssid);
    const reason = !point ? "NO_AP_FOUND" : point.password === password ? null : "4WAY_HANDSHAKE_TIMEOUT";
    this.clock.after(this.joinMs * 1000, () => done(reason));
  }
}
