// SPDX-License-Identifier: Apache-2.0
// WiFi as a board meets it: access points that are there or not, and a callback that may stay away.
import type { VirtualClock } from "./virtual-clock.js";

export interface AccessPoint {
  /** Bytes as latin-1. */
  readonly ssid: string;
  readonly password: string;
  /** 1 unless said. */
  readonly channel?: number;
}

export class Radio {
  readonly accessPoints: AccessPoint[] = [];
  joinMs = 300;
  rssi = -50;
  /** The join callback never comes, as on some firmware. */
  mute = false;
  /** Rises whenever every station loses its access point. */
  outages = 0;

  constructor(readonly clock: VirtualClock) {}

  /** The access points fall silent for a moment: who was joined is so no more. */
  drop(): void {
    this.outages++;
  }
}

/** The radio of one board. */
export class Station {
  private joinedIn = -1;
  private joinedChannel = 0;

  constructor(readonly radio: Radio) {}

  get joined(): boolean {
    return this.joinedIn === this.radio.outages;
  }

  /** 0 while not joined. */
  get channel(): number {
    return this.joined ? this.joinedChannel : 0;
  }

  /** Gives the reason why not, or null, after a while. */
  join(ssid: string, password: string, done: (reason: string | null) => void): void {
    const { radio } = this;
    if (radio.mute) return;
    const point = radio.accessPoints.find((candidate) => candidate.ssid === ssid);
    const reason = !point ? "NO_AP_FOUND" : point.password === password ? null : "4WAY_HANDSHAKE_TIMEOUT";
    radio.clock.after(radio.joinMs * 1000, () => {
      if (!reason) this.joinedIn = radio.outages;
      this.joinedChannel = point?.channel ?? 1;
      done(reason);
    });
  }

  leave(): void {
    this.joinedIn = -1;
  }
}
